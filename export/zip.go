package export

import (
	"encoding/binary"
	"time"

	"github.com/10ex/assets"
)

// The records of a zip file (PKWARE's APPNOTE.TXT 6.3.10 §4.3). Contents are stored
// uncompressed, and sizes and checksums are known beforehand, so there are no data
// descriptors.
const (
	localSignature     = 0x04034b50
	directorySignature = 0x02014b50
	end64Signature     = 0x06064b50
	locatorSignature   = 0x07064b50
	endSignature       = 0x06054b50

	localHeaderLen     = 30 // without name and extra field
	directoryRecordLen = 46 // without name and extra field
	end64Len           = 56

	version20  = 20 // needed for folders
	version45  = 45 // needed for zip64
	madeOnUnix = 3 << 8

	flagUTF8 = 1 << 11 // names are UTF-8
	zip64Tag = 1       // of the extra field

	regularFile = 0o100644 << 16 // external attributes

	// A field with one of these values means that the number is in a zip64
	// record. So a number of this value must be there too.
	full16 = 1<<16 - 1
	full32 = 1<<32 - 1
)

// member is one file of the zip file.
type member struct {
	name   string
	offset int64 // of its local header
	size   int64
	crc32  uint32
}

// localHeaderSize returns the size of the local header in bytes.
func (m member) localHeaderSize() int64 {
	n := int64(localHeaderLen + len(m.name))
	if m.size >= full32 {
		n += 4 + 16
	}
	return n
}

// directoryRecordSize returns the size of the record in the central directory in bytes.
func (m member) directoryRecordSize() int64 {
	return int64(directoryRecordLen + len(m.name) + len(m.zip64Extra()))
}

// localHeader returns the local header (§4.3.7). A zip64 field has both sizes.
func (m member) localHeader(modified assets.Time) []byte {
	b := make([]byte, 0, m.localHeaderSize())
	b = le32(b, localSignature)
	size, needed, extra := uint32(m.size), uint16(version20), uint16(0)
	if m.size >= full32 {
		size, needed, extra = full32, version45, 4+16
	}
	b = m.appendCommon(b, needed, modified, size)
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

// directoryRecord returns the record in the central directory (§4.3.12).
func (m member) directoryRecord(modified assets.Time) []byte {
	extra := m.zip64Extra()
	needed := uint16(version20)
	if len(extra) > 0 {
		needed = version45
	}
	b := make([]byte, 0, directoryRecordLen+len(m.name)+len(extra))
	b = le32(b, directorySignature)
	b = le16(b, madeOnUnix|needed)
	b = m.appendCommon(b, needed, modified, uint32(min(m.size, full32)))
	b = le16(b, uint16(len(extra)))
	b = le16(b, 0) // comment
	b = le16(b, 0) // disk
	b = le16(b, 0) // internal attributes
	b = le32(b, regularFile)
	b = le32(b, uint32(min(m.offset, full32)))
	b = append(b, m.name...)
	return append(b, extra...)
}

// appendCommon appends the fields that both records have, from the version needed to the
// length of the name.
func (m member) appendCommon(b []byte, needed uint16, modified assets.Time, size uint32) []byte {
	day, clock := dosTime(modified)
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

// zip64Extra returns the zip64 extra field of the directory record (§4.5.3). It has only
// the numbers that do not fit into the record; nil if all do.
func (m member) zip64Extra() []byte {
	var fields []byte
	if m.size >= full32 {
		fields = le64(fields, uint64(m.size))
		fields = le64(fields, uint64(m.size))
	}
	if m.offset >= full32 {
		fields = le64(fields, uint64(m.offset))
	}
	if len(fields) == 0 {
		return nil
	}
	return append(le16(le16(nil, zip64Tag), uint16(len(fields))), fields...)
}

// endRecords returns the records after the central directory (§4.3.14–16), which has the
// given number of members, offset and size.
func endRecords(members, offset, size int64) []byte {
	var b []byte
	if members >= full16 || offset >= full32 || size >= full32 {
		b = le32(b, end64Signature)
		b = le64(b, end64Len-12)
		b = le16(b, madeOnUnix|version45)
		b = le16(b, version45)
		b = le32(b, 0)
		b = le32(b, 0)
		b = le64(b, uint64(members))
		b = le64(b, uint64(members))
		b = le64(b, uint64(size))
		b = le64(b, uint64(offset))

		b = le32(b, locatorSignature)
		b = le32(b, 0)
		b = le64(b, uint64(offset+size))
		b = le32(b, 1)
	}
	b = le32(b, endSignature)
	b = le16(b, 0)
	b = le16(b, 0)
	b = le16(b, uint16(min(members, full16)))
	b = le16(b, uint16(min(members, full16)))
	b = le32(b, uint32(min(size, full32)))
	b = le32(b, uint32(min(offset, full32)))
	return le16(b, 0) // comment
}

// dosTime returns a time in the format of MS-DOS: UTC, in units of two seconds. Times
// before 1980 and after 2107 become the first and the last time that it can represent.
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
