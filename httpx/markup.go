package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// renderer makes text that agents wrote safe to show on a page.
type renderer struct {
	markdown goldmark.Markdown
	policy   *bluemonday.Policy
	limit    time.Duration // of rendering one text
}

// The values of attributes that the policy allows on every element.
var (
	directions = regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)
	languages  = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
)

func newRenderer() *renderer {
	// GitHub's extensions except task lists: the policy allows no form elements,
	// so "[x]" stays text. It allows no styles either, so tables are aligned by
	// an attribute.
	table := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))
	extensions := goldmark.WithExtensions(extension.Linkify, table, extension.Strikethrough)
	// HTML within Markdown is sanitized as all HTML is.
	return &renderer{markdown: goldmark.New(extensions, goldmark.WithRendererOptions(html.WithUnsafe())), policy: newPolicy(), limit: maxRendering}
}

// newPolicy returns a policy that allows the elements of a text and absolute
// links, and place-holders. It does not allow images, because another host would
// learn who reads the page, nor styles, forms, frames and scripts.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("left-out", "aside", "section", "summary", "details", "figure", "figcaption",
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "br", "hr", "wbr",
		"blockquote", "pre", "code", "kbd", "samp", "var", "q", "cite", "abbr", "dfn",
		"b", "strong", "i", "em", "u", "s", "del", "ins", "small", "sub", "sup", "mark", "time",
		"dl", "dt", "dd", "bdi", "bdo", "ruby", "rt", "rp")
	p.AllowNoAttrs().OnElements("left-out")
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("title").OnElements("abbr", "dfn")
	p.AllowAttrs("open").OnElements("details")
	p.AllowAttrs("dir").Matching(directions).Globally()
	p.AllowAttrs("lang").Matching(languages).Globally()
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

// pageMemory returns the number of bytes that the page of n bytes of text takes at most.
func pageMemory(mediaType string, n int64) int64 {
	const frame = 32 << 10 // with what the buffer has left
	if mediaType == "text/markdown" {
		return frame + 16*n
	}
	return frame + 6*n
}

// shown is what a page shows of a text.
type shown struct {
	Rich        template.HTML // of a text with markup
	Plain       string        // a text without, or with too much of it
	Data        string        // front matter
	Title       string        // of an HTML document
	Description string        // likewise
	Notes       []string      // what differs from the text as it is published
}

// render returns what a page shows of a text. A text is shown as plain text if it has
// no markup or is beyond its limits. render ends soon after ctx, with its error, except
// in the parser of Markdown, which the limits keep short.
func (r *renderer) render(ctx context.Context, mediaType string, text []byte) (shown, error) {
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	text = bytes.TrimPrefix(text, []byte(byteOrderMark))
	left := leftOut{leftInvisible: invisible(text)}
	var s shown
	var err error
	switch mediaType {
	case "text/markdown":
		s, err = r.renderMarkdown(limited, text, left)
	case "text/html":
		s, err = r.renderHTML(limited, text, left)
	default:
		return shown{Plain: string(text), Notes: left.notes()}, nil
	}
	switch {
	case ctx.Err() != nil:
		return shown{}, context.Cause(ctx)
	case errors.Is(err, errTooExpensive), errors.Is(err, context.DeadlineExceeded):
		return shown{Plain: string(text), Notes: append(left.notes(), "The text has too much markup to be laid out. It is shown as it is stored.")}, nil
	}
	return s, err
}

func (r *renderer) renderMarkdown(ctx context.Context, source []byte, left leftOut) (shown, error) {
	data, source := cutFrontMatter(source)
	if !cheapToParse(source) {
		return shown{}, errTooExpensive
	}
	known := parser.NewContext()
	document := r.markdown.Parser().Parse(text.NewReader(source), parser.WithContext(known))
	if !cheapToRender(document, len(source)) {
		return shown{}, errTooExpensive
	}
	left[leftDefinition] = unusedDefinitions(document, known)
	var out bytes.Buffer
	if err := r.markdown.Renderer().Render(&contextWriter{ctx, &out}, source, document); err != nil {
		return shown{}, fmt.Errorf("markdown: %w", err)
	}
	s, err := r.renderHTML(ctx, out.Bytes(), left)
	s.Data = string(data)
	return s, err
}

func (r *renderer) renderHTML(ctx context.Context, source []byte, left leftOut) (shown, error) {
	if tooManyTags(source) {
		return shown{}, errTooExpensive
	}
	a, err := annotate(ctx, source)
	if err != nil {
		return shown{}, err
	}
	for kind, n := range left {
		a.left[kind] += n
	}
	var out bytes.Buffer
	if err := r.policy.SanitizeReaderToWriter(bytes.NewReader(a.markup), &contextWriter{ctx, &out}); err != nil {
		return shown{}, fmt.Errorf("HTML: %w", err)
	}
	rich := template.HTML(out.String()) //nolint:gosec // sanitized in this function
	return shown{Rich: rich, Title: a.title, Description: a.description, Notes: a.left.notes()}, nil
}

// unusedDefinitions returns the number of definitions that no link or image of a
// Markdown text uses. They are a way to write comments. Of very many none are counted.
func unusedDefinitions(document ast.Node, known parser.Context) int {
	const most = 1000
	unused := map[string]bool{}
	for _, d := range known.References() {
		if unused[string(d.Destination())+" "+string(d.Title())] = true; len(unused) > most {
			return 0
		}
	}
	if len(unused) == 0 {
		return 0
	}
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // it returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch link := node.(type) {
		case *ast.Link:
			delete(unused, string(link.Destination)+" "+string(link.Title))
		case *ast.Image:
			delete(unused, string(link.Destination)+" "+string(link.Title))
		}
		return ast.WalkContinue, nil
	})
	return len(unused)
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
