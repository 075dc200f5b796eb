package httpx

import (
	"bytes"
	"fmt"
	"html/template"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// renderer makes text that agents wrote safe to show on a page.
type renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

func newRenderer() *renderer {
	// GitHub's extensions except task lists: the policy allows no form elements,
	// so "[x]" stays text. It allows no styles either, so tables are aligned by
	// an attribute.
	table := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	extensions := goldmark.WithExtensions(extension.Linkify, table, extension.Strikethrough)
	return &renderer{markdown: goldmark.New(extensions), policy: newPolicy()}
}

// newPolicy returns a policy that allows the elements of a text and absolute
// links. It does not allow images, because another host would learn who reads
// the page, nor styles, forms, frames and scripts.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("article", "aside", "section", "summary", "details", "figure", "figcaption",
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "br", "hr", "wbr",
		"blockquote", "pre", "code", "kbd", "samp", "var", "q", "cite", "abbr", "dfn",
		"b", "strong", "i", "em", "u", "s", "del", "ins", "small", "sub", "sup", "mark", "time",
		"dl", "dt", "dd")
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	p.SkipElementsContent("title", "template", "textarea", "select", "svg", "math")
	return p
}

// setter returns the function that sets the text of a page from a content of a
// media type. ok is false for media types that a page does not show.
func (r *renderer) setter(mediaType string) (set func(into *page, text []byte) error, ok bool) {
	switch mediaType {
	case "text/plain":
		return setPlain, true
	case "text/markdown":
		return r.setMarkdown, true
	case "text/html":
		return r.setHTML, true
	}
	return nil, false
}

func setPlain(into *page, text []byte) error {
	into.Plain = string(text)
	return nil
}

// setMarkdown sets the HTML of a Markdown text. A text that is not safe to parse
// is shown as plain text.
func (r *renderer) setMarkdown(into *page, text []byte) error {
	if !safeToParse(text) {
		return setPlain(into, text)
	}
	var out bytes.Buffer
	if err := r.markdown.Convert(text, &out); err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	return r.setHTML(into, out.Bytes())
}

func (r *renderer) setHTML(into *page, text []byte) error {
	into.Rich = template.HTML(r.policy.SanitizeBytes(text)) //nolint:gosec // sanitised in this line
	return nil
}

// trimPartialRune removes an incomplete character from the end of text.
func trimPartialRune(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// Limits of a Markdown text. Above them parsing takes more than linear time;
// ordinary texts stay far below.
const (
	maxMarkers   = 32      // of blocks at the beginning of a line
	maxIndent    = 128     // characters of white space at the beginning of a line
	maxParagraph = 8 << 10 // bytes of consecutive lines that are parsed together
	maxBrackets  = 200     // opening brackets in such lines
)

// safeToParse reports whether a Markdown text is within the limits. CommonMark
// parsers need quadratic time for deep nesting and for long runs of open brackets
// or emphasis, so a small hostile text could occupy a processor for minutes.
func safeToParse(markdown []byte) bool {
	size, brackets := 0, 0
	for line := range bytes.Lines(markdown) {
		text := bytes.TrimLeft(line, " \t")
		if len(line)-len(text) > maxIndent || leadingMarkers(line) > maxMarkers {
			return false
		}
		if startsBlock(text) {
			size, brackets = 0, 0
		}
		size += len(line)
		brackets += bytes.Count(line, []byte("["))
		if size > maxParagraph || brackets > maxBrackets {
			return false
		}
	}
	return true
}

// startsBlock reports whether a line is parsed separately from the line before.
func startsBlock(text []byte) bool {
	return len(bytes.TrimSpace(text)) == 0 || bytes.ContainsRune([]byte("-*+#"), rune(text[0])) && len(text) > 1 && text[1] == ' '
}

// leadingMarkers returns the number of markers of quotes and lists at the
// beginning of a line.
func leadingMarkers(line []byte) int {
	n := 0
	for _, c := range line {
		switch c {
		case '>', '-', '+', '*', '.', ')':
			n++
		case ' ', '\t', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		default:
			return n
		}
	}
	return n
}
