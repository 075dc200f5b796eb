package sniff

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"math"
	"strings"
)

const (
	maxTail         = 66 << 10  // bytes at the end of an archive; a comment has up to 64 KiB
	maxDirectory    = 8 << 20   // bytes of a directory that are read
	maxDirEntries   = 1 << 16   // entries of a directory that are read
	maxEntryName    = 255       // bytes of a name that can tell anything
	maxMimetype     = 255       // bytes of the entry mimetype
	maxManifest     = 64 << 10  // bytes of META-INF/manifest.xml
	maxContentTypes = 256 << 10 // bytes of [Content_Types].xml
	endLen          = 22        // bytes of the end of central directory record
	locatorLen      = 20
	end64Len        = 56
	centralLen      = 46
	localLen        = 30
	methodStored    = 0
	methodDeflated  = 8
	flagEncrypted   = 1
	central         = "PK\x01\x02"
	local           = "PK\x03\x04"
	endOfDirectory  = "PK\x05\x06"
	end64           = "PK\x06\x06"
	locator64       = "PK\x06\x07"
	openDocument    = "application/vnd.oasis.opendocument."
	openXMLDocument = "application/vnd.openxmlformats-officedocument."
)

// isZip reports whether a content begins as a zip archive.
func isZip(head []byte) bool {
	return len(head) >= 4 && (string(head[:4]) == local || string(head[:4]) == endOfDirectory || string(head[:4]) == "PK\x07\x08")
}

// zipType returns the media type of a zip archive, as its directory tells it:
// application/zip unless the archive has the parts of a more special format.
// Whatever the archive says, zipType reads at most maxTail, maxDirectory and
// maxContentTypes bytes, and a few headers.
func zipType(r io.ReaderAt, size int64) (string, error) {
	start := max(0, size-maxTail)
	tail, err := readRange(r, start, maxTail, size)
	if err != nil {
		return zip, err
	}
	a := archive{r: tailReader{r, tail, start}, size: size}
	if ok, err := a.findDirectory(tail, start); !ok {
		return zip, err
	}
	parts, err := a.readDirectory()
	if err != nil {
		return zip, err
	}
	return a.typeOf(parts)
}

// tailReader reads what is in tail from there.
type tailReader struct {
	io.ReaderAt
	tail  []byte
	start int64
}

func (t tailReader) ReadAt(p []byte, off int64) (int, error) {
	if off < t.start {
		return t.ReaderAt.ReadAt(p, off)
	}
	return bytes.NewReader(t.tail).ReadAt(p, off-t.start)
}

type archive struct {
	r         io.ReaderAt
	size      int64
	directory int64 // offset
	length    int64 // bytes of the directory
	base      int64 // bytes before the archive
}

// findDirectory finds the directory by the last end record that names one. tail is
// the end of the archive, from offset start on.
func (a *archive) findDirectory(tail []byte, start int64) (ok bool, err error) {
	for end := len(tail); ; {
		if end = bytes.LastIndex(tail[:end], []byte(endOfDirectory)); end < 0 {
			return false, nil
		}
		record := tail[end:]
		if len(record) < endLen || endLen+int(binary.LittleEndian.Uint16(record[20:])) > len(record) {
			continue
		}
		length, offset := int64(binary.LittleEndian.Uint32(record[12:])), int64(binary.LittleEndian.Uint32(record[16:]))
		at := start + int64(end)
		if binary.LittleEndian.Uint16(record[10:]) == math.MaxUint16 || length == math.MaxUint32 || offset == math.MaxUint32 {
			long, err := a.readEnd64(at)
			if err != nil {
				return false, err
			}
			if long != nil {
				length, offset, at = long.length, long.offset, long.at
			}
		}
		return a.placeDirectory(length, offset, at)
	}
}

// end64Record is what the zip64 end of central directory record at offset at says.
type end64Record struct{ length, offset, at int64 }

// readEnd64 returns the zip64 record that belongs to the end record at offset end;
// nil if there is none.
func (a *archive) readEnd64(end int64) (*end64Record, error) {
	if end < locatorLen {
		return nil, nil
	}
	b, err := readRange(a.r, end-locatorLen, locatorLen, a.size)
	if err != nil || len(b) < locatorLen || string(b[:4]) != locator64 {
		return nil, err
	}
	at := binary.LittleEndian.Uint64(b[8:])
	if at > uint64(a.size) {
		return nil, nil
	}
	b, err = readRange(a.r, int64(at), end64Len, a.size)
	if err != nil || len(b) < end64Len || string(b[:4]) != end64 {
		return nil, err
	}
	length, offset := binary.LittleEndian.Uint64(b[40:]), binary.LittleEndian.Uint64(b[48:])
	if length > uint64(a.size) || offset > uint64(a.size) {
		return nil, nil
	}
	return &end64Record{int64(length), int64(offset), int64(at)}, nil
}

// placeDirectory finds where the directory begins: at its offset or, if something
// stands before the archive, by its length before its end.
func (a *archive) placeDirectory(length, offset, end int64) (ok bool, err error) {
	for _, at := range []int64{offset, end - length} {
		if at < 0 || at >= end {
			continue
		}
		b, err := readRange(a.r, at, 4, a.size)
		if err != nil {
			return false, err
		}
		if string(b) == central {
			a.directory, a.length, a.base = at, end-at, at-offset
			return true, nil
		}
	}
	return false, nil
}

// zipPart is one entry of an archive.
type zipPart struct {
	there     bool
	encrypted bool
	method    uint16
	length    int64 // bytes as stored
	header    int64 // offset of its local header
}

// zipParts are the entries that tell a format.
type zipParts struct {
	presentation, document, workbook, drawing bool // of Office Open XML
	android, java, places                     bool
	contentTypes, mimetype, manifest          zipPart
}

// readDirectory reads the names in the directory.
func (a *archive) readDirectory() (zipParts, error) {
	var parts zipParts
	n := min(a.length, maxDirectory)
	src := bufio.NewReaderSize(io.NewSectionReader(a.r, a.directory, n), int(min(max(n, 4096), 1<<20)))
	for range maxDirEntries {
		header, err := src.Peek(centralLen)
		if err != nil && err != io.EOF {
			return parts, err
		}
		if len(header) < centralLen || string(header[:4]) != central {
			break
		}
		nameLen := int(binary.LittleEndian.Uint16(header[28:]))
		rest := nameLen + int(binary.LittleEndian.Uint16(header[30:])) + int(binary.LittleEndian.Uint16(header[32:]))
		if nameLen <= maxEntryName {
			if header, err = src.Peek(centralLen + nameLen); err != nil && err != io.EOF {
				return parts, err
			}
			if len(header) < centralLen+nameLen {
				break
			}
			parts.add(partName(header[centralLen:]), zipPart{
				there:     true,
				encrypted: header[8]&flagEncrypted != 0,
				method:    binary.LittleEndian.Uint16(header[10:]),
				length:    int64(binary.LittleEndian.Uint32(header[20:])),
				header:    a.base + int64(binary.LittleEndian.Uint32(header[42:])),
			})
		}
		if _, err := src.Discard(centralLen + rest); err != nil && err != io.EOF {
			return parts, err
		}
	}
	return parts, nil
}

// partName returns the name of an entry in the form in which names of parts are
// compared (ECMA-376-2 §6.2.2): without regard to letter case. Some programs write
// backslashes, or a slash at the beginning.
func partName(b []byte) string {
	return strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(string(b), `\`, "/")), "/")
}

// isMain reports whether name begins and ends so, and is in no deeper folder.
func isMain(name, prefix, suffix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	return ok && strings.HasSuffix(rest, suffix) && !strings.Contains(rest, "/")
}

func (p *zipParts) add(name string, e zipPart) {
	switch {
	case name == "[content_types].xml" && !p.contentTypes.there:
		p.contentTypes = e
	case isMain(name, "ppt/presentation", ".xml"):
		p.presentation = true
	case isMain(name, "word/document", ".xml"):
		p.document = true
	case isMain(name, "xl/workbook", ".xml"), name == "xl/workbook.bin":
		p.workbook = true
	case name == "visio/document.xml":
		p.drawing = true
	case name == "androidmanifest.xml":
		p.android = true
	case name == "meta-inf/manifest.mf":
		p.java = true
	case name == "doc.kml":
		p.places = true
	case name == "mimetype" && !p.mimetype.there:
		p.mimetype = e
	case name == "meta-inf/manifest.xml" && !p.manifest.there:
		p.manifest = e
	}
}

// typeOf returns the media type of an archive that has the given parts.
func (a *archive) typeOf(p zipParts) (string, error) {
	switch {
	case p.contentTypes.there && p.presentation:
		return a.officeType(p, "presentationml.presentation", "powerpoint")
	case p.contentTypes.there && p.document:
		return a.officeType(p, "wordprocessingml.document", "word")
	case p.contentTypes.there && p.workbook:
		return a.officeType(p, "spreadsheetml.sheet", "excel")
	case p.contentTypes.there && p.drawing:
		return "application/vnd.ms-visio.drawing.main+xml", nil
	case p.mimetype.there:
		b, err := a.read(p.mimetype, maxMimetype)
		return packageType(strings.TrimSpace(string(b))), err
	case p.manifest.there:
		b, err := a.read(p.manifest, maxManifest)
		return packageType(manifestType(string(b))), err
	case p.android:
		return "application/vnd.android.package-archive", nil
	case p.java:
		return "application/java-archive", nil
	case p.places:
		return "application/vnd.google-earth.kmz", nil
	}
	return zip, nil
}

// officeType returns the media type of a document of Office Open XML. Its content types
// tell a slide show, a template, or a document with macros from an ordinary one, which
// has the type document and which it is if they cannot be read. program is the one whose
// documents have macros.
func (a *archive) officeType(p zipParts, document, program string) (string, error) {
	types, err := a.read(p.contentTypes, maxContentTypes)
	family, _, _ := strings.Cut(document, ".")
	for attribute := range strings.SplitSeq(strings.ToLower(string(types)), "contenttype=") {
		if attribute == "" {
			continue
		}
		value, _, _ := strings.Cut(attribute[1:], attribute[:1]) // its quote
		name, main := strings.CutSuffix(strings.TrimSuffix(value, "+xml"), ".main")
		switch {
		case main && strings.HasPrefix(name, openXMLDocument+family+"."):
			return name, err
		case main && strings.HasPrefix(name, "application/vnd.ms-"+program+"."):
			return strings.Replace(name, "macroenabledtemplate", "macroenabled", 1) + ".12", err
		}
	}
	return openXMLDocument + document, err
}

// packageType returns the media type that a package names itself, if it is one of
// OpenDocument or EPUB.
func packageType(name string) string {
	if bare, ok := ParseType(name); ok && (strings.HasPrefix(bare, openDocument) || bare == "application/epub+zip") {
		return bare
	}
	return zip
}

// manifestType returns the media type that the manifest of an OpenDocument package
// (ODF 1.3, part 2, §4) gives for the whole package.
func manifestType(manifest string) string {
	for tag := range strings.SplitSeq(manifest, "<") {
		if !strings.Contains(tag, `full-path="/"`) {
			continue
		}
		if _, value, ok := strings.Cut(tag, `media-type="`); ok {
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
	}
	return ""
}

// read returns the beginning of an entry, at most n bytes. It returns none if the
// entry cannot be read.
func (a *archive) read(e zipPart, n int64) ([]byte, error) {
	if e.encrypted || e.method != methodStored && e.method != methodDeflated {
		return nil, nil
	}
	header, err := readRange(a.r, e.header, localLen, a.size)
	if err != nil || len(header) < localLen || string(header[:4]) != local {
		return nil, err
	}
	skip := int64(binary.LittleEndian.Uint16(header[26:])) + int64(binary.LittleEndian.Uint16(header[28:]))
	b, err := readRange(a.r, e.header+localLen+skip, min(e.length, n), a.size)
	if err != nil || e.method == methodStored {
		return b, err
	}
	var text bytes.Buffer
	_, _ = io.CopyN(&text, flate.NewReader(bytes.NewReader(b)), n) // what is damaged, or longer, is cut
	return text.Bytes(), nil
}
