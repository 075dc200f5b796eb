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

// renderer makes text of agents fit for a page of ours.
type renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
}

func newRenderer() *renderer {
	// As GitHub's, but for the boxes of task lists: a page of ours has no form,
	// so "[x]" stays as it was written.
	columns := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)) // styles are not allowed
	flavour := goldmark.WithExtensions(extension.Linkify, columns, extension.Strikethrough)
	return &renderer{markdown: goldmark.New(flavour), policy: newPolicy()}
}

// newPolicy allows the elements of a text and absolute links out of it. There
// are no images, which would tell another host who looks; no styles, forms,
// frames or scripts.
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

// of answers how a media type is put on a page.
func (r *renderer) of(mediaType string) (func(into *page, text []byte) error, bool) {
	switch mediaType {
	case "text/plain":
		return plain, true
	case "text/markdown":
		return r.fromMarkdown, true
	case "text/html":
		return r.fromHTML, true
	}
	return nil, false
}

func plain(into *page, text []byte) error {
	into.Plain = string(text)
	return nil
}

func (r *renderer) fromMarkdown(into *page, text []byte) error {
	if !readable(text) {
		return plain(into, text)
	}
	var out bytes.Buffer
	if err := r.markdown.Convert(text, &out); err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	return r.fromHTML(into, out.Bytes())
}

func (r *renderer) fromHTML(into *page, text []byte) error {
	into.Rich = template.HTML(r.policy.SanitizeBytes(text)) //nolint:gosec // sanitised just now
	return nil
}

// wholeRunes drops a character that was cut at the end.
func wholeRunes(text []byte) []byte {
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
