package sniff

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// MaxPrologue is the maximum number of bytes before the root element of an XML
// document.
const MaxPrologue = 64 << 10

const maxRootName = 128 // bytes, with the prefix

// root is what stands at the beginning of an XML document.
type root struct {
	name    string // of the root element, with its prefix; empty: not found
	doctype string // name in the document type declaration; empty: there is none
	more    bool   // the bytes end before the name of the root element does
}

// isSVG reports whether the root element is svg, with any prefix.
func (r root) isSVG() bool {
	return r.name[strings.IndexByte(r.name, ':')+1:] == "svg"
}

// isHTML reports whether a browser that sniffs takes the document for HTML.
func (r root) isHTML() bool {
	return strings.EqualFold(r.doctype, "html") || strings.EqualFold(r.name, "html")
}

// findRoot finds the root element of an XML document (XML 1.0 §2.8) behind a byte
// order mark, white space, an XML declaration, comments, processing instructions and
// a document type declaration. It reads UTF-8, UTF-16 and any encoding that has
// ASCII in it. The time is linear in len(head).
func findRoot(head []byte) root {
	var r root
	text, width := asciiOf(head)
	rest := text
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		var ok bool
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			rest, ok = after(rest[len("<!--"):], "-->")
		case bytes.HasPrefix(rest, []byte("<?")):
			rest, ok = after(rest[len("<?"):], "?>")
		case bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && r.doctype == "":
			rest = rest[len("<!DOCTYPE"):]
			r.doctype = nameAt(bytes.TrimLeft(rest, " \t\r\n"))
			rest, ok = afterDoctype(rest)
		case startsLike(rest, "<!--"), startsLike(rest, "<!DOCTYPE"):
		default:
			r.readName(rest, (len(text)-len(rest))*width)
			return r
		}
		if !ok {
			r.more = true
			return r
		}
	}
}

// readName reads the start tag of the root element, which begins at offset.
func (r *root) readName(tag []byte, offset int) {
	if len(tag) < 2 {
		r.more = len(tag) == 0 || tag[0] == '<'
		return
	}
	if tag[0] != '<' || !startsName(tag[1]) || offset > MaxPrologue {
		return
	}
	name := nameAt(tag[1:])
	switch {
	case len(name) > maxRootName:
	case 1+len(name) == len(tag):
		r.more = true
	default:
		r.name = name
	}
}

// startsLike reports whether rest ends within what would be prefix.
func startsLike(rest []byte, prefix string) bool {
	return len(rest) < len(prefix) && strings.HasPrefix(prefix, string(rest))
}

func startsName(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

// nameAt returns the name that s begins with.
func nameAt(s []byte) string {
	if n := bytes.IndexAny(s, " \t\r\n/>["); n >= 0 {
		s = s[:n]
	}
	return string(s)
}

// after returns what follows the first end in s.
func after(s []byte, end string) (rest []byte, ok bool) {
	_, rest, ok = bytes.Cut(s, []byte(end))
	return rest, ok
}

// afterDoctype returns what follows a document type declaration. Its internal subset
// may have declarations, comments and processing instructions, and a literal may
// have any bracket.
func afterDoctype(s []byte) (rest []byte, ok bool) {
	subset := false
	for len(s) > 0 {
		c := s[0]
		ok = true
		switch {
		case c == '"', c == '\'':
			s, ok = after(s[1:], string(c))
		case subset && bytes.HasPrefix(s, []byte("<!--")):
			s, ok = after(s[len("<!--"):], "-->")
		case subset && bytes.HasPrefix(s, []byte("<?")):
			s, ok = after(s[len("<?"):], "?>")
		case c == '>' && !subset:
			return s[1:], true
		default:
			subset = c == '[' || subset && c != ']'
			s = s[1:]
		}
		if !ok {
			return nil, false
		}
	}
	return nil, false
}

// asciiOf returns the characters of head as bytes, of which those below 0x80 are
// ASCII, and the number of bytes that a character has in head. It removes a byte
// order mark.
func asciiOf(head []byte) (text []byte, width int) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		head, order = head[2:], binary.LittleEndian
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		head, order = head[2:], binary.BigEndian
	case bytes.HasPrefix(head, []byte("<\x00?\x00")): // XML 1.0, appendix F
		order = binary.LittleEndian
	case bytes.HasPrefix(head, []byte("\x00<\x00?")):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(head, []byte("\ufeff")), 1
	}
	text = make([]byte, 0, len(head)/2)
	for ; len(head) >= 2; head = head[2:] {
		c := order.Uint16(head)
		if c >= 0x80 {
			c = 0xff
		}
		text = append(text, byte(c))
	}
	return text, 2
}
