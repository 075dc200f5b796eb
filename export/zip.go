package export

import (
	"encoding/binary"
	"time"

	"github.com/10ex/assets"
)

// The records of a zip file, as PKWARE's APPNOTE.TXT 6.3.10 §4.3 has them.
// Everything is stored and known beforehand, so there are no data descriptors.
const (
	localSignature     = 0x04034b50
	directorySignature = 0x02014b50
	end64Signature     = 0x06064b50
	locatorSignature   = 0x07064b50
	endSignature       = 0x06054b50

	localFixed     = 30
	directoryFixed = 46
	end64Length    = 56
	locatorLength  = 20
	endLength      = 22

	version20  = 20 // can hold folders
	version45  = 45 // can hold zip64
	madeOnUnix = 3 << 8

	flagUTF8 = 1 << 11 // names are UTF-8
	zip64Tag = 1

	regularFile = 0o100644 << 16 // external attributes

	// A field with one of these says that the number is in a zip64 record:
	// a number that is just as large is there too.
	full16 = 1<<16 - 1
	full32 = 1<<32 - 1
)

// member is one file within a zip.
type member struct {
	name  string
	at    int64 // of its local header
	size  int64
	crc32 uint32
}

// localLength answers how long the local header is.
func (m member) localLength() int64 {
	n := int64(localFixed + len(m.name))
	if m.size >= full32 {
		n += 4 + 16
	}
	return n
}

// recordLength answers how long the record in the central directory is.
func (m member) recordLength() int64 {
	return int64(directoryFixed + len(m.name) + len(m.extra()))
}

// local writes the local header (§4.3.7), whose zip64 field has both sizes.
func (m member) local(at assets.Time) []byte {
	b := make([]byte, 0, m.localLength())
	b = le32(b, localSignature)
	size, needed, extra := uint32(m.size), uint16(version20), uint16(0)
	if m.size >= full32 {
		size, needed, extra = full32, version45, 4+16
	}
	b = m.common(b, needed, at, size)
	b = le16(b, extra)
	b = append(b, m.name...)
	if extra > 0 {
		b = le16(b, zip64Tag)
		b = le16(b, 16)
		b = le64(b, uint64(m.size))
		b = le64(b, uint64(m.size))
	}
	return b
}

// record writes the record in the central directory (§4.3.12).
func (m member) record(at assets.Time) []byte {
	extra := m.extra()
	needed := uint16(version20)
	if len(extra) > 0 {
		needed = version45
	}
	b := make([]byte, 0, directoryFixed+len(m.name)+len(extra))
	b = le32(b, directorySignature)
	b = le16(b, madeOnUnix|needed)
	b = m.common(b, needed, at, uint32(min(m.size, full32)))
	b = le16(b, uint16(len(extra)))
	b = le16(b, 0) // comment
	b = le16(b, 0) // disk
	b = le16(b, 0) // internal attributes
	b = le32(b, regularFile)
	b = le32(b, uint32(min(m.at, full32)))
	b = append(b, m.name...)
	return append(b, extra...)
}

// common writes what both have between the version needed and the length of
// the extra field.
func (m member) common(b []byte, needed uint16, at assets.Time, size uint32) []byte {
	day, clock := dosTime(at)
	b = le16(b, needed)
	b = le16(b, flagUTF8)
	b = le16(b, 0) // stored
	b = le16(b, clock)
	b = le16(b, day)
	b = le32(b, m.crc32)
	b = le32(b, size)
	b = le32(b, size)
	return le16(b, uint16(len(m.name)))
}

// extra writes the zip64 field of the record (§4.5.3): only what does not fit.
func (m member) extra() []byte {
	var fields []byte
	if m.size >= full32 {
		fields = le64(fields, uint64(m.size))
		fields = le64(fields, uint64(m.size))
	}
	if m.at >= full32 {
		fields = le64(fields, uint64(m.at))
	}
	if len(fields) == 0 {
		return nil
	}
	return append(le16(le16(nil, zip64Tag), uint16(len(fields))), fields...)
}

// ending writes what follows the central directory (§4.3.14–16).
func ending(members, at, length int64) []byte {
	var b []byte
	if members >= full16 || at >= full32 || length >= full32 {
		b = le32(b, end64Signature)
		b = le64(b, end64Length-12)
		b = le16(b, madeOnUnix|version45)
		b = le16(b, version45)
		b = le32(b, 0)
		b = le32(b, 0)
		b = le64(b, uint64(members))
		b = le64(b, uint64(members))
		b = le64(b, uint64(length))
		b = le64(b, uint64(at))

		b = le32(b, locatorSignature)
		b = le32(b, 0)
		b = le64(b, uint64(at+length))
		b = le32(b, 1)
	}
	b = le32(b, endSignature)
	b = le16(b, 0)
	b = le16(b, 0)
	b = le16(b, uint16(min(members, full16)))
	b = le16(b, uint16(min(members, full16)))
	b = le32(b, uint32(min(length, full32)))
	b = le32(b, uint32(min(at, full32)))
	return le16(b, 0) // comment
}

// dosTime answers a time as MS-DOS kept it: to two seconds, from 1980 to 2107.
// It has no zone; this is UTC.
func dosTime(at assets.Time) (day, clock uint16) {
	t := at.Time()
	switch {
	case t.Year() < 1980:
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 2107:
		t = time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)
	}
	day = uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return day, clock
}

func le16(b []byte, n uint16) []byte { return binary.LittleEndian.AppendUint16(b, n) }
func le32(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }
func le64(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }
