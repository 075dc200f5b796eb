package httpx_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

func TestHostileMarkdownIsShownAsTextPRV05(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat(">", 100<<10), strings.Repeat("[a](", 25<<10), strings.Repeat("*a **b ", 10<<10), strings.Repeat("- ", 50<<10), strings.Repeat(" ", 1000) + "- a",
	} {
		srv := resttest.New(t)
		srv.Upload("blog", "text/markdown", "x.md", []byte(text))
		rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}) // would take minutes if it were parsed
		want{Status: 200, Body: []string{"<pre>" + strings.ReplaceAll(text[:10], ">", "&gt;")}}.Check(t, srv, rec)
	}
}

func TestMarkup(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ media, text, shown string }{
		"plain text is escaped":         {"text/plain", "a <b>\n& c", "<pre>a &lt;b&gt;\n&amp; c</pre>"},
		"Markdown":                      {"text/markdown", "# A\n\n*b* **c** `d`", "<h1>A</h1>\n<p><em>b</em> <strong>c</strong> <code>d</code></p>"},
		"Markdown, strikethrough":       {"text/markdown", "~~a~~", "<p><del>a</del></p>"},
		"Markdown, address":             {"text/markdown", "https://ok.example/a", `<a href="https://ok.example/a" rel="nofollow noreferrer">`},
		"Markdown, image":               {"text/markdown", "![a](https://evil.example/a.png)b", "<p>b</p>"},
		"Markdown, script link":         {"text/markdown", "[a](javascript:alert(1))", "<p>a</p>"},
		"HTML":                          {"text/html", "<p>a<br>b</p><ol><li>c</li></ol>", "<p>a<br>b</p><ol><li>c</li></ol>"},
		"HTML, relative link":           {"text/html", `<a href="../x">a</a>`, "<article>a</article>"},
		"HTML, mail address":            {"text/html", `<a href="mailto:a@ok.example">a</a>`, `<a href="mailto:a@ok.example" rel="nofollow noreferrer">a</a>`},
		"HTML, content of other markup": {"text/html", "<svg><text>x</text></svg><textarea>y</textarea>a", "<article>a</article>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t)
			srv.Upload("blog", tt.media, "x", []byte(tt.text))
			want{Status: 200, Body: []string{tt.shown}}.Check(t, srv, srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}))
		})
	}
}

// TestMarkdownLimits: a text at a limit is parsed, a text beyond it is shown as plain text.
func TestMarkdownLimits(t *testing.T) {
	t.Parallel()
	words := strings.Repeat("words ", 4<<10)
	for name, tt := range map[string]struct{ parsed, plain string }{
		"markers of quotes":     {strings.Repeat(">", 32) + " a", strings.Repeat(">", 33) + " a"},
		"indentation":           {"- a\n" + strings.Repeat(" ", 128) + "b", "- a\n" + strings.Repeat(" ", 129) + "b"},
		"bytes of a paragraph":  {words[:8<<10], words[:8<<10+1]},
		"lines of a paragraph":  {strings.Repeat("word\n", 1600), strings.Repeat("word\n", 1700)},
		"paragraphs":            {strings.Repeat("word\n\n", 10<<10), strings.Repeat("word\n", 10<<10)},
		"brackets":              {strings.Repeat("[", 200), strings.Repeat("[", 201)},
		"brackets of two items": {"- " + strings.Repeat("[", 200) + "\n- [", strings.Repeat("[", 200) + "\n["},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for text, tag := range map[string]string{tt.parsed: "<article>", tt.plain: "<pre>"} {
				srv := resttest.New(t)
				srv.Upload("blog", "text/markdown", "x.md", []byte(text))
				want{Status: 200, Body: []string{"<main>\n" + tag}}.Check(t, srv, srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}))
			}
		})
	}
}
