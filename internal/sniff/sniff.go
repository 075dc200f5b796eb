// Package sniff detects the media type of bytes and checks declared media types
// against it.
package sniff

import (
	"bytes"
	"mime"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
)

// HeadLen is the number of leading bytes of a content that are examined.
const HeadLen = 4096

const octetStream = "application/octet-stream"

// Detect returns the media type of a content with the leading bytes head, in lower
// case and without parameters. It returns application/octet-stream if it
// recognises nothing, and text/plain for an empty content.
func Detect(head []byte) string { return bare(detect(head)) }

// DetectAs returns the detected type if allows reports true for it, or else the
// nearest more general type for which allows reports true. An advertisement with
// commas, which is detected as text/csv, is text/plain too; but a HEIC image is
// not an MP4 video, although the formats are related.
//
// If no type is allowed, DetectAs returns the type that [Detect] returns, with one
// exception: a text that begins with a word that is the signature of another
// format, such as CWS or icns, is text/plain if that is allowed.
func DetectAs(head []byte, allows func(mediaType string) bool) string {
	detected := detect(head)
	for m := detected; m != nil; m = m.Parent() {
		special := m == detected || m.Is("text/plain") || topLevel(bare(m)) == topLevel(bare(detected))
		if special && allows(bare(m)) {
			return bare(m)
		}
	}
	if allows("text/plain") && isText(head) && !detected.Is("application/pdf") { // PDF can be all text
		return "text/plain"
	}
	return bare(detected)
}

// isText reports whether head is UTF-8 without control characters other than white
// space. It may end within a character.
func isText(head []byte) bool {
	_, err := new(Text).Write(head)
	return err == nil && !bytes.ContainsFunc(head, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

func detect(head []byte) *mimetype.MIME {
	return mimetype.Detect(skipToXML(head[:min(len(head), HeadLen)]))
}

// skipToXML removes a byte order mark, white space and comments in front of an SVG
// element or XML declaration. With them the content would be detected as HTML or
// text.
func skipToXML(head []byte) []byte {
	rest := bytes.TrimPrefix(head, []byte("\ufeff"))
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		comment, after, ok := bytes.Cut(rest, []byte("-->"))
		if !ok || !bytes.HasPrefix(comment, []byte("<!--")) {
			break
		}
		rest = after
	}
	if bytes.HasPrefix(rest, []byte("<svg")) || bytes.HasPrefix(rest, []byte("<?xml")) {
		return rest
	}
	return head
}

// bare returns the name of m without parameters.
func bare(m *mimetype.MIME) string {
	name, _, _ := strings.Cut(m.String(), ";")
	return name
}

// Contradicts reports whether a content with the leading bytes head cannot be of
// the declared type, which must have the form that [ParseType] returns.
//
// Types that [Text] and [JSON] check completely are never contradicted, and
// neither is application/octet-stream. Any other type must be the detected type, a
// more general one (an animated PNG is a PNG) or a more special one (a
// presentation whose parts follow after the head is detected as a zip). If the
// declared type has no known signature, the detected type must be one that files
// of any format may have; markup that a browser would run is not.
func Contradicts(declared string, head []byte) bool {
	switch declared {
	case "text/plain", "text/markdown", "text/html", "application/json", octetStream:
		return false
	}
	detected := detect(head)
	known := mimetype.Lookup(declared)
	if known == nil {
		return !plausible(bare(detected))
	}
	if len(head) == 0 {
		return topLevel(declared) != "text"
	}
	return !within(known, bare(detected)) && !refines(detected, declared)
}

// plausible reports whether content of a type without a known signature may be
// detected as the given type.
func plausible(detected string) bool {
	switch detected {
	case octetStream, "text/plain", "application/zip", "application/gzip", "text/xml", "application/json":
		return true
	}
	return false
}

// within reports whether name is m or one of its parents, except for the root of
// all types, application/octet-stream.
func within(m *mimetype.MIME, name string) bool {
	for ; m != nil && !m.Is(octetStream); m = m.Parent() {
		if m.Is(name) {
			return true
		}
	}
	return false
}

// refines reports whether detected is a special form of declared with the same
// top-level type. An AVIF image has the structure of an MP4 video, but is not one.
func refines(detected *mimetype.MIME, declared string) bool {
	return within(detected, declared) && topLevel(bare(detected)) == topLevel(declared)
}

func topLevel(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

// ParseType returns a media type (RFC 9110 §8.3.1) in lower case, without
// parameters. ok is false if s is malformed, if its names are not those of RFC
// 6838 §4.2, as in the range image/*, or if its charset is neither utf-8 nor
// us-ascii.
func ParseType(s string) (mediaType string, ok bool) {
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

// restrictedName reports whether s is a restricted name (RFC 6838 §4.2).
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
