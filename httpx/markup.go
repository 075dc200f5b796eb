package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"time"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// renderer makes text that agents wrote safe to show on a page.
type renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
	limit    time.Duration // of rendering one text
}

func newRenderer() *renderer {
	// GitHub's extensions except task lists: the policy allows no form elements,
	// so "[x]" stays text. It allows no styles either, so tables are aligned by
	// an attribute.
	table := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	extensions := goldmark.WithExtensions(extension.Linkify, table, extension.Strikethrough)
	return &renderer{markdown: goldmark.New(extensions), policy: newPolicy(), limit: maxRendering}
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

// errTooExpensive: a text is beyond the limits of its markup.
var errTooExpensive = errors.New("the text is too expensive to render")

// maxRendering is how long a text may be rendered. One that takes longer is shown as
// plain text.
const maxRendering = 2 * time.Second

// shows reports whether a page shows texts of a media type.
func shows(mediaType string) bool {
	switch mediaType {
	case "text/plain", "text/markdown", "text/html":
		return true
	}
	return false
}

// maxShown returns the number of bytes of a text that a page shows.
func maxShown(mediaType string) int64 {
	if mediaType == "text/markdown" {
		return maxMarkdown
	}
	return maxText
}

// renderingMemory returns the number of bytes that rendering n bytes of text
// allocates at most, with its page.
func renderingMemory(mediaType string, n int64) int64 {
	if mediaType == "text/markdown" {
		return markdownMemory(int(n))
	}
	return 1<<20 + 56*n
}

// render returns the HTML of a text. ok is false for a text that is shown as plain
// text: one that has no markup or is beyond its limits. render ends soon after ctx,
// with its error, except in the parser of Markdown, which the limits keep short.
func (r *renderer) render(ctx context.Context, mediaType string, text []byte) (rich template.HTML, ok bool, err error) {
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	switch mediaType {
	case "text/markdown":
		rich, err = r.renderMarkdown(limited, text)
	case "text/html":
		rich, err = r.renderHTML(limited, text)
	default:
		return "", false, nil
	}
	switch {
	case ctx.Err() != nil:
		return "", false, context.Cause(ctx)
	case errors.Is(err, errTooExpensive), errors.Is(err, context.DeadlineExceeded):
		return "", false, nil
	}
	return rich, err == nil, err
}

func (r *renderer) renderHTML(ctx context.Context, source []byte) (template.HTML, error) {
	if tooManyTags(source) {
		return "", errTooExpensive
	}
	return r.sanitize(ctx, source)
}

func (r *renderer) renderMarkdown(ctx context.Context, source []byte) (template.HTML, error) {
	if !cheapToParse(source) {
		return "", errTooExpensive
	}
	document := r.markdown.Parser().Parse(text.NewReader(source))
	if !cheapToRender(document, len(source)) {
		return "", errTooExpensive
	}
	var out bytes.Buffer
	if err := r.markdown.Renderer().Render(&contextWriter{ctx, &out}, source, document); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return r.sanitize(ctx, out.Bytes())
}

func (r *renderer) sanitize(ctx context.Context, markup []byte) (template.HTML, error) {
	var out bytes.Buffer
	if err := r.policy.SanitizeReaderToWriter(bytes.NewReader(markup), &contextWriter{ctx, &out}); err != nil {
		return "", fmt.Errorf("HTML: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // sanitised in this function
}

// contextWriter is an io.Writer that fails when its context has ended.
type contextWriter struct {
	ctx context.Context //nolint:containedctx // an io.Writer has nowhere else to keep it
	to  *bytes.Buffer
}

func (w *contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}

// WriteString keeps the sanitizer from copying each text.
func (w *contextWriter) WriteString(s string) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.WriteString(s)
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
