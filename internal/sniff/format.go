package sniff

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

const (
	// HeadLen is the number of leading bytes that tell most formats.
	HeadLen = 4096

	// MaxHead is the number of leading bytes that [Head] looks at, at most.
	MaxHead = MaxPrologue + maxRootName + 16
)

// Format is what the bytes of a content were found to be.
type Format struct {
	name string // media type
	also string // another type that the bytes may be declared as; empty: none
	text bool
	open open
}

// open is what bytes behind the head decide.
type open uint8

const (
	nothing       open = iota
	kindOfArchive      // by the directory
	kindOfMovie        // by the boxes
)

// readFirstBoxes finds out the format of what may be a film by the boxes in its head.
func (f *Format) readFirstBoxes(head []byte) {
	if !startsBoxes(head) {
		f.name = octetStream // QuickTime to a signature, but without a valid header
		f.correctMarkup(head)
		return
	}
	m, _ := readBoxes(bytes.NewReader(head), int64(len(head))) // no error from memory
	f.name, f.open = mp4, kindOfMovie
	if m.brands != nil {
		f.name, f.also = m.mediaTypes()
		f.open = nothing
	}
}

// NeedsMore reports whether more bytes, up to [MaxHead], can tell more than the
// first [HeadLen] do: an XML document may have a long prologue.
func NeedsMore(head []byte) bool { return findRoot(head).more }

// Head finds out the format of a content by its leading bytes. whole reports that
// these are all of its bytes. Head looks at no more than the first [HeadLen], unless
// [NeedsMore] reports that more can tell more, so the format does not depend on how many
// the caller has.
func Head(leading []byte, whole bool) Format {
	if len(leading) == 0 {
		return Format{name: plainText, text: true}
	}
	head := leading
	if len(head) > HeadLen && !NeedsMore(head[:HeadLen]) {
		head = head[:HeadLen]
	}
	f := Format{name: signature(head), text: isText(head)}
	f.read(head)
	if !f.text && f.open == nothing && isValidText(head) {
		f.acceptText(head)
	}
	if whole && f.Incomplete() {
		f, _ = f.Inspect(bytes.NewReader(leading), int64(len(leading))) // no error from memory
	}
	return f
}

// read corrects the format by more than the signature.
func (f *Format) read(head []byte) {
	switch {
	case isZip(head):
		f.name, f.open = zip, kindOfArchive
	case !f.text && mayBeMovie(f.name):
		f.readFirstBoxes(head)
	case f.text && neverText(f.name):
		f.name = plainText // a sentence that begins with GIF89a
	case f.name == pdf && startsPDF(head):
		f.text = false // a PDF can be all text
	case f.text && !IsTextKind(f.name):
		f.also = plainText // a sentence that begins with icns, or is about PDF
	default:
		f.correctMarkup(head)
	}
}

// signature returns the media type by the signature of the format.
func signature(head []byte) string {
	head = head[:min(len(head), HeadLen)]
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if bytes.HasPrefix(start, []byte("<?xml")) { // else it would be a text
		head = start
	}
	return bare(mimetype.Detect(head))
}

// mayBeMovie reports whether a content with a given signature may consist of boxes.
func mayBeMovie(name string) bool {
	return name == octetStream || name == quickTime || slices.Contains(parents(name), mp4)
}

// bare returns the name of m without parameters.
func bare(m *mimetype.MIME) string {
	name, _, _ := strings.Cut(m.String(), ";")
	return name
}

// neverText reports whether the format is a binary one whose signature is a word.
func neverText(mediaType string) bool {
	return mediaType == "image/gif" || mediaType == "image/webp"
}

// correctMarkup finds an SVG by its root element, behind any prologue.
func (f *Format) correctMarkup(head []byte) {
	r := findRoot(head)
	switch {
	case r.isSVG() && !strings.EqualFold(r.doctype, "html"):
		f.name = svg
	case r.isSVG():
		f.name, f.also = html, svg
	case f.name == svg && r.isHTML():
		f.name = html
	case f.name == svg:
		f.name = xml
	}
}

// startsPDF reports whether a content begins as a PDF. Readers of PDF accept up to
// 1024 bytes before that, but so may a text about PDF.
func startsPDF(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"), []byte("%PDF-"))
}

// acceptText makes a text of valid UTF-8 that has control characters which texts seldom
// have, unless it begins as a format that has them.
func (f *Format) acceptText(head []byte) {
	switch {
	case IsTextKind(f.name):
		f.text = true
	case neverText(f.name), f.name == pdf && startsPDF(head):
	default:
		f.text, f.also = true, plainText
	}
}

// isText reports whether head is UTF-8 without NUL and without control characters
// that texts seldom have. It may end within a character.
func isText(head []byte) bool {
	return isValidText(head) && !bytes.ContainsFunc(head, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", r)
	})
}

// isValidText reports whether head is UTF-8 without NUL. It may end within a character.
func isValidText(head []byte) bool {
	_, err := new(Text).Write(head)
	return err == nil
}

// Name returns the media type of the bytes, in lower case and without parameters:
// application/octet-stream if no format was recognised.
func (f Format) Name() string { return f.name }

// Text reports whether the leading bytes are those of a text.
func (f Format) Text() bool { return f.text }

// Incomplete reports whether the format depends on bytes behind the head, which
// [Format.Inspect] reads.
func (f Format) Incomplete() bool { return f.open != nothing }

// Inspect finds out the format of a content of size bytes by what it has behind its
// head: the directory of a zip archive, the boxes of a film. It reads a bounded
// number of short ranges. It returns an error only if r does.
func (f Format) Inspect(r io.ReaderAt, size int64) (Format, error) {
	var err error
	switch f.open {
	case kindOfArchive:
		f.name, err = zipType(r, size)
		f.also = zip
	case kindOfMovie:
		var m movie
		m, err = readBoxes(r, size)
		f.name, f.also = m.mediaTypes()
	}
	f.open = nothing
	return f, err
}

// CouldBe reports whether the bytes behind the head can make a content a file of a
// type for which allows reports true.
func (f Format) CouldBe(allows func(mediaType string) bool) bool {
	switch f.open {
	case kindOfArchive:
		return allows(zip) || allows(pptx) || allows(odp)
	case kindOfMovie:
		return allows(mp4) || allows(quickTime) || allows(avif)
	}
	return allows(f.As(allows))
}

// As returns the media type of the bytes if allows reports true for it, or else the
// nearest more general type for which allows reports true, or else the media type of
// the bytes. An advertisement with commas, which is detected as text/csv, is
// text/plain too, and a film for telephones is an MP4; but a HEIC image is not,
// although the formats are related.
func (f Format) As(allows func(mediaType string) bool) string {
	for _, name := range append(parents(f.name), f.also) {
		if name != "" && allows(name) && (topLevel(name) == topLevel(f.name) || name == plainText || name == f.also || f.name == xhtml) {
			return name
		}
	}
	if f.name == xhtml && allows(html) {
		return html
	}
	return f.name
}

// parents returns a media type and the more general ones, the nearest first, without
// application/octet-stream.
func parents(name string) []string {
	list := []string{name}
	m := mimetype.Lookup(name)
	if m == nil {
		return list
	}
	for m = m.Parent(); m != nil && !m.Is(octetStream); m = m.Parent() {
		list = append(list, bare(m))
	}
	return list
}

// IsTextKind reports whether files of a media type are texts that only their words tell
// from others.
func IsTextKind(name string) bool { return slices.Contains(parents(name), plainText) }

func topLevel(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}
