package httpx

import (
	"bytes"
	"strings"
)

// Limits of an HTML text. Sanitizing takes linear time and memory for every text;
// browsers do not for deep nesting.
const (
	maxElements   = 256  // that are open within each other
	maxAttributes = 1000 // of one tag
)

// tooManyTags reports whether an HTML text has too many elements within each other,
// or too many attributes in a tag. Elements whose end tags may be left out are not
// counted.
func tooManyTags(markup []byte) bool {
	open := 0
	for {
		_, rest, found := bytes.Cut(markup, []byte("<"))
		if !found {
			return false
		}
		markup = rest
		start, closing := bytes.CutPrefix(markup, []byte("/"))
		name := elementName(start)
		if name == "" {
			continue
		}
		var attributes int
		if attributes, markup = endOfTag(start); attributes > maxAttributes {
			return true
		}
		switch {
		case endsByItself[name]:
		case closing:
			open = max(open-1, 0)
		default:
			open++
		}
		if open > maxElements {
			return true
		}
	}
}

// elementName returns the name of an element at the beginning of text in lower case,
// or "".
func elementName(text []byte) string {
	n := 0
	for n < len(text) && n < 16 && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || n > 0 && text[n] >= '0' && text[n] <= '9') {
		n++
	}
	return strings.ToLower(string(text[:n]))
}

// endOfTag returns the number of attributes of a tag and what follows it. A tag ends
// at the next angle bracket that is not in quotes.
func endOfTag(tag []byte) (attributes int, rest []byte) {
	space := false
	for i := 0; i < len(tag); i++ {
		switch c := tag[i]; c {
		case '<':
			return attributes, tag[i:]
		case '>':
			return attributes, tag[i+1:]
		case ' ', '\t', '\r', '\n', '\f', '/':
			space = true
		case '"', '\'':
			end := bytes.IndexByte(tag[i+1:], c)
			if end < 0 {
				return attributes, nil
			}
			i += end + 1
			space = true // the next attribute needs none
		default:
			if space && c != '=' {
				attributes++
			}
			space = false
		}
	}
	return attributes, nil
}

// endsByItself are the elements that have no end tag or need none.
var endsByItself = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true,
	"meta": true, "source": true, "track": true, "wbr": true,
	"p": true, "li": true, "dt": true, "dd": true, "tr": true, "td": true, "th": true, "thead": true, "tbody": true, "tfoot": true,
	"caption": true, "colgroup": true, "option": true, "html": true, "head": true, "body": true,
}
