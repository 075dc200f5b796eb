package httpx_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// What begins plain text and text with markup on a page.
const (
	pre     = `<pre lang="" dir="auto">`
	article = `<article lang="">`
)

func TestHostileMarkdownIsShownAsTextPRV05(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat(">", 100<<10), strings.Repeat("[a](", 25<<10), strings.Repeat("*a **b ", 10<<10), strings.Repeat("- ", 50<<10), strings.Repeat(" ", 1000) + "- a",
	} {
		srv := resttest.New(t)
		srv.Upload("blog", "text/markdown", "x.md", []byte(text))
		rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}) // would take minutes if it were parsed
		want{Status: 200, Body: []string{pre + strings.ReplaceAll(text[:10], ">", "&gt;")}}.Check(t, srv, rec)
	}
}

func TestMarkup(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ media, text, shown string }{
		"plain text is escaped":         {"text/plain", "a <b>\n& c", pre + "a &lt;b&gt;\n&amp; c</pre>"},
		"Markdown":                      {"text/markdown", "# A\n\n*b* **c** `d`", `<h1 dir="auto">A</h1>` + "\n" + `<p dir="auto"><em>b</em> <strong>c</strong> <code>d</code></p>`},
		"Markdown, strikethrough":       {"text/markdown", "~~a~~", `<p dir="auto"><del>a</del></p>`},
		"Markdown, address":             {"text/markdown", "https://ok.example/a", `<a href="https://ok.example/a" rel="nofollow noreferrer">`},
		"Markdown, image":               {"text/markdown", "![a](https://evil.example/a.png)b", `<p dir="auto"><left-out>[image: a]</left-out>b</p>`},
		"Markdown, script link":         {"text/markdown", "[a](javascript:alert(1))", `<p dir="auto">a</p>`},
		"HTML":                          {"text/html", "<p>a<br>b</p><ol><li>c</li></ol>", `<p dir="auto">a<br>b</p><ol dir="auto"><li>c</li></ol>`},
		"HTML, relative link":           {"text/html", `<a href="../x">a</a>`, article + "a</article>"},
		"HTML, mail address":            {"text/html", `<a href="mailto:a@ok.example">a</a>`, `<a href="mailto:a@ok.example" rel="nofollow noreferrer">a</a>`},
		"HTML, content of other markup": {"text/html", "<svg><text>x</text></svg><textarea>y</textarea>a", article + "<left-out>[drawing: x]</left-out><left-out>[text field: y]</left-out>a</article>"},
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
	table := func(columns, rows int) string {
		return strings.Repeat("|a", columns) + "|\n" + strings.Repeat("|-", columns) + "|\n" + strings.Repeat("|\n", rows)
	}
	for name, tt := range map[string]struct{ parsed, plain string }{
		"markers of quotes":      {strings.Repeat(">", 32) + " a", strings.Repeat(">", 33) + " a"},
		"rules are no markers":   {strings.Repeat("-", 80), strings.Repeat("- ", 33)},
		"indentation":            {"- a\n" + strings.Repeat(" ", 128) + "b", "- a\n" + strings.Repeat(" ", 129) + "b"},
		"long paragraphs":        {strings.Repeat("words ", 21<<10), strings.Repeat("*word_ ", 18<<10)},
		"marks of paragraphs":    {strings.Repeat(strings.Repeat("*word* ", 500)+"\n\n", 8), strings.Repeat("*word* ", 16<<10)},
		"brackets":               {strings.Repeat("[", 32), strings.Repeat("[", 33)},
		"brackets that close":    {strings.Repeat("[a] ", 500), strings.Repeat("[a ", 500)},
		"brackets of two items":  {"- " + strings.Repeat("[", 32) + "\n- [", strings.Repeat("[", 32) + "\n["},
		"brackets of a number":   {"1. " + strings.Repeat("[", 31) + "\n2. [", "1. " + strings.Repeat("[", 32) + "\n2. ["},
		"cells of a table":       {table(20, 100), table(20, 200)},
		"elements in each other": {strings.Repeat("*a ", 90) + strings.Repeat("a* ", 90), strings.Repeat("*a ", 120) + strings.Repeat("a* ", 120)},
		"uses of a definition":   {"[a]: /" + strings.Repeat("b", 1000) + "\n\n[a] [a] [a]", "[a]: /" + strings.Repeat("b", 1000) + "\n\n[a] [a] [a] [a] [a] [a] [a]"},
		"lines of nested lists":  {strings.Repeat("- ", 30) + "a" + strings.Repeat("\n", 80), strings.Repeat("- ", 30) + "a" + strings.Repeat("\n", 800)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for text, tag := range map[string]string{tt.parsed: article, tt.plain: pre} {
				srv := resttest.New(t)
				srv.Upload("blog", "text/markdown", "x.md", []byte(text))
				rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")})
				if rec.Code != 200 || !strings.Contains(rec.Body.String(), tag) {
					t.Errorf("%d %.100s, want %s of %.40q", rec.Code, rec.Body, tag, text)
				}
			}
		})
	}
}

func TestHostileMarkdown(t *testing.T) { backends.EachDatabase(t, hostileMarkdownIsShownWhole) }

// hostileMarkdownIsShownWhole: texts that would take gigabytes or many seconds are shown
// as they are, whole.
func hostileMarkdownIsShownWhole(t *testing.T, db backends.Database) {
	tables := strings.Repeat("|"+strings.Repeat("|", 1300)+"\n"+strings.Repeat("|-", 1300)+"|\n"+strings.Repeat("|\n", 2144), 16)[:131056]
	for name, text := range map[string]string{
		"HOS01 tables of 1,300 columns":      tables,
		"HOS02 emphasis in continued blocks": strings.Repeat(strings.Repeat("*a_ ", 1800)+"\n    - x\n", 19)[:128<<10],
	} {
		t.Run(name, func(t *testing.T) {
			srv := resttest.New(t, resttest.WithDatabase(db))
			srv.Upload("blog", "text/markdown", "x.md", []byte(text))
			rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")})
			want{Status: 200}.Check(t, srv, rec)
			_, shown, _ := strings.Cut(rec.Body.String(), pre)
			shown, _, _ = strings.Cut(shown, "</pre>")
			if html.UnescapeString(shown) != text {
				t.Errorf("%d bytes of %d are shown", len(shown), len(text))
			}
		})
	}
}

// TestRenderingWithinTheBudgetHOS01: a text that needs more than the whole budget is shown
// as plain text; one that has to wait too long is 503, and a client that is gone waits no
// longer.
func TestRenderingWithinTheBudgetHOS01(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) {
		c.Limits.WorkMemory, c.Limits.WorkWait = 1<<20, time.Millisecond
	})
	srv.Upload("blog", "text/markdown", "x.md", []byte("# a"))
	path := srv.PreviewPath("")
	want{Status: 200, Body: []string{pre + "# a</pre>", "too large to be laid out"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: path}))
	release, err := srv.Lib.Admit(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want{Status: 503, Code: "unavailable"}.Check(t, srv, srv.Send(call{Method: "GET", Path: path}))
	want{Status: 200, Body: []string{"# a"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: path + "?download=1"}))
	release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	srv.Mux.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
	if strings.Contains(rec.Body.String(), "# a") {
		t.Errorf("rendered for a client that is gone: %s", rec.Body)
	}
}
