// Package sniff finds out what bytes are, and whether they are what they are
// declared to be.
package sniff

import (
	"bytes"
	"mime"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
)

// HeadLen is how many leading bytes of a content are looked at.
const HeadLen = 4096

const octetStream = "application/octet-stream"

// Detect answers the media type that the leading bytes of a content have:
// bare, lower case, application/octet-stream when nothing is recognised. An
// empty content is text/plain.
func Detect(head []byte) string { return bare(detect(head)) }

// DetectAs answers the sniffed type, or else the nearest one it is a special
// form of, that allows accepts: an advertisement with commas may sniff as
// text/csv and is text/plain all the same, but a HEIC image is no MP4 video.
// When none is accepted it answers as [Detect], but text/plain, if that is
// accepted, for a text whose first word, such as CWS or icns, is the signature
// of another format.
func DetectAs(head []byte, allows func(mediaType string) bool) string {
	sniffed := detect(head)
	for m := sniffed; m != nil; m = m.Parent() {
		special := m == sniffed || m.Is("text/plain") || topLevel(bare(m)) == topLevel(bare(sniffed))
		if special && allows(bare(m)) {
			return bare(m)
		}
	}
	if allows("text/plain") && written(head) && !sniffed.Is("application/pdf") { // PDF can be all text
		return "text/plain"
	}
	return bare(sniffed)
}

// written reports whether head is of characters, none of which controls more
// than their layout.
func written(head []byte) bool {
	_, err := new(Text).Write(head)
	return err == nil && !bytes.ContainsFunc(head, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

func detect(head []byte) *mimetype.MIME {
	return mimetype.Detect(skipToXML(head[:min(len(head), HeadLen)]))
}

// skipToXML cuts a byte order mark, white space and comments off in front of
// an SVG element or an XML declaration, where they pass for HTML or text.
func skipToXML(head []byte) []byte {
	rest := bytes.TrimPrefix(head, []byte("\ufeff"))
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		comment, behind, ok := bytes.Cut(rest, []byte("-->"))
		if !ok || !bytes.HasPrefix(comment, []byte("<!--")) {
			break
		}
		rest = behind
	}
	if bytes.HasPrefix(rest, []byte("<svg")) || bytes.HasPrefix(rest, []byte("<?xml")) {
		return rest
	}
	return head
}

func bare(m *mimetype.MIME) string {
	name, _, _ := strings.Cut(m.String(), ";")
	return name
}

// Contradicts reports whether head cannot be the beginning of a content of the
// declared type, which is bare and lower case as [ParseType] answers it.
//
// Types that [Text] and [JSON] check in full are never contradicted here, nor
// is application/octet-stream, which claims nothing. Every other type has to
// be what the bytes sniff as, or a parent of it or by it: a presentation whose
// parts lie behind the head sniffs as a zip, and an animated PNG is a PNG. A
// type without a known signature goes with bytes that are plausible inside of
// anything, but not with markup that a browser would run.
func Contradicts(declared string, head []byte) bool {
	switch declared {
	case "text/plain", "text/markdown", "text/html", "application/json", octetStream:
		return false
	}
	sniffed := detect(head)
	known := mimetype.Lookup(declared)
	if known == nil {
		return !plausible(bare(sniffed))
	}
	if len(head) == 0 {
		return topLevel(declared) != "text"
	}
	return !within(known, bare(sniffed)) && !refines(sniffed, declared)
}

// plausible: what bytes of a type that has no signature may sniff as.
func plausible(sniffed string) bool {
	switch sniffed {
	case octetStream, "text/plain", "application/zip", "application/gzip", "text/xml", "application/json":
		return true
	}
	return false
}

// within reports whether name is m or one of its parents. The root, which
// matches everything, is no parent.
func within(m *mimetype.MIME, name string) bool {
	for ; m != nil && !m.Is(octetStream); m = m.Parent() {
		if m.Is(name) {
			return true
		}
	}
	return false
}

// refines reports whether sniffed is a special form of declared and of the
// same top-level type: an AVIF image is built like an MP4 video and yet none.
func refines(sniffed *mimetype.MIME, declared string) bool {
	return within(sniffed, declared) && topLevel(bare(sniffed)) == topLevel(declared)
}

func topLevel(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

// ParseType reads a media type (RFC 9110 §8.3.1) whose names are those of RFC
// 6838 §4.2, and answers it bare and in lower case. What is malformed, a
// range such as image/*, and a charset other than utf-8 or us-ascii are
// refused.
func ParseType(s string) (string, bool) {
	name, params, err := mime.ParseMediaType(s)
	if err != nil {
		return "", false
	}
	top, sub, _ := strings.Cut(name, "/")
	if !restrictedName(top) || !restrictedName(sub) {
		return "", false
	}
	if charset, ok := params["charset"]; ok &&
		!strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return "", false
	}
	return name, true
}

func restrictedName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case i > 0 && strings.IndexByte("!#$&-^_.+", c) >= 0:
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= 127
}
