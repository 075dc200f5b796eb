package httpx_test

import (
	"io"
	"mime"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// link answers the public path of a preview of {id}.
func (w *world) link(query string) string {
	w.t.Helper()
	url, _ := w.must(200, call{method: "GET", path: base + "/{id}/preview-url" + query, as: "reader"})["url"].(string)
	return strings.TrimPrefix(url, "https://assets.example")
}

func TestPreviewOfWhatABrowserMayShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("image", "image/png", "höhe.png", png)
	w.vars["link"] = w.link("")
	shown := map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer",
		"Content-Disposition":     `inline; filename="h_he.png"; filename*=UTF-8''h%C3%B6he.png`,
		"Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
	}
	public := map[string]string{"Cross-Origin-Resource-Policy": "cross-origin"}
	for _, s := range []scenario{
		{"public", call{method: "GET", path: "{link}"}, want{status: 200, header: shown, body: []string{string(png)}}},
		{"public, from anywhere", call{method: "GET", path: "{link}?utm_source=mail", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, want{status: 200, header: public}},
		{"public head", call{method: "HEAD", path: "{link}"}, want{status: 200, header: shown}},
		{"public range", call{method: "GET", path: "{link}", header: map[string]string{"Range": "bytes=0-3"}}, want{status: 206, header: shown}},
		{"public download", call{method: "GET", path: "{link}?download=1"}, want{status: 200, header: map[string]string{
			"Content-Disposition": `attachment; filename="h_he.png"; filename*=UTF-8''h%C3%B6he.png`, "Content-Security-Policy": "sandbox; default-src 'none'",
		}}},
		{"in app", call{method: "GET", path: base + "/{id}/preview?version=1", as: "reader"}, want{status: 200, header: shown}},
		{"in app, unknown parameter", call{method: "GET", path: base + "/{id}/preview?download=2&w=1", as: "reader"}, want{status: 422, locs: []string{"query.download", "query.w"}}},
		{"in app, unknown version", call{method: "GET", path: base + "/{id}/preview?version=2", as: "reader"}, want{status: 404}},
		{"PRV01 forged", call{method: "GET", path: "{link}x"}, want{status: 404, code: "not_found"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.want.check(t, w, w.send(s.call))
		})
	}
}

func TestLOG01TokensStayOutOfTheLog(t *testing.T) { backends.EachDatabase(t, tokensStayOutOfTheLog) }

func tokensStayOutOfTheLog(t *testing.T, db backends.Database) {
	w := newWorld(t, on(db))
	w.create("x", "text")
	link := w.link("")
	w.blobs.spoil = failing(assets.ErrNotFound)
	want{status: 500, code: "internal_error"}.check(t, w, w.send(call{method: "GET", path: link}))
	token := link[strings.LastIndexByte(link, '/')+1:]
	if log := w.log.String(); log == "" || strings.Contains(log, token) {
		t.Errorf("log: %s", log)
	}
}

func TestPRV04(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, func(c *assets.Config, _ *httpx.Options) { c.Now = func() time.Time { return now } })
	w.create("x", "text")
	short, long := w.link("?expires_in=1"), w.link("?expires_in=604800")
	now = now.Add(2 * time.Second)
	want{status: 410, code: "expired"}.check(t, w, w.send(call{method: "GET", path: short}))
	w.must(200, call{method: "POST", path: base + "/{id}/approval", as: "writer", body: `{"action":"archive"}`})
	want{status: 410, code: "withdrawn", header: map[string]string{"Cache-Control": "no-store"}}.check(t, w, w.send(call{method: "GET", path: long}))
	w.must(200, call{method: "POST", path: base + "/{id}/approval", as: "writer", body: `{"action":"reopen"}`})
	w.must(204, call{method: "DELETE", path: base + "/{id}", as: "writer"})
	want{status: 404, code: "not_found"}.check(t, w, w.send(call{method: "GET", path: long}))
}

var active = regexp.MustCompile(`(?i)<(script|img|iframe|svg|object|embed|form|input|link|base|meta http)|javascript:|data:text|\son\w+\s*=|src=|url\(`)

func TestPRV05Pages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ typ, media, content, shows string }{
		"plain":          {"copy", "text/plain", "<b>&</b><script>alert(1)</script>", "&lt;b&gt;&amp;&lt;/b&gt;&lt;script&gt;"},
		"markdown":       {"blog", "text/markdown", "# Big\n\n*it* ![i](http://evil.example/x.png) [a](https://ok.example) [b](javascript:alert(1)) <img src=x onerror=alert(1)>", `<a href="https://ok.example" rel="nofollow noreferrer">a</a>`},
		"markdown table": {"blog", "text/markdown", "|a|b|\n|-|-|\n|1|2|\n", "<td>1</td>"},
		"markdown align": {"blog", "text/markdown", "|a|b|\n|-|-:|\n|1|2|\n", `<td align="right">2</td>`},
		"markdown tasks": {"blog", "text/markdown", "- [x] ordered\n- [ ] paid\n", "<li>[x] ordered</li>\n<li>[ ] paid</li>"},
		"html":           {"copy", "text/html", `<h2 onclick="x()" style="background:url(//evil)">Hi</h2><script src=//evil></script><img src=//evil><form action=//evil><input></form><svg onload=alert(1)></svg><base href=//evil>`, "<h2>Hi</h2>"},
		"json":           {"copy", "application/json", `{"a":"<script>"}`, "application/json"},
		"svg":            {"image", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`, "SHA-256"},
		"bundle":         {"bundle", "application/zip", "PK\x03\x04", "4 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.upload(tt.typ, tt.media, "a<b>.x", []byte(tt.content))
			for path, download := range map[string]string{
				w.link(""):                             `href="?download=1"`,
				base + "/" + w.vars["id"] + "/preview": `href="?version=1&amp;download=1"`,
			} {
				rec := w.send(call{method: "GET", path: path, as: "reader"})
				want{status: 200, body: []string{tt.shows, download, "a&lt;b&gt;.x"}, header: map[string]string{
					"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer",
				}}.check(t, w, rec)
				if policy := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox allow-downloads; default-src 'none'; ") || strings.Contains(policy, "script") {
					t.Errorf("policy %q", policy)
				}
				if found := active.FindString(rec.Body.String()); found != "" {
					t.Errorf("%q is on the page: %s", found, rec.Body)
				}
			}
		})
	}
}

func TestLongTextIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upload("copy", "text/plain", "long.txt", []byte(strings.Repeat("é", 1<<20)))
	rec := w.send(call{method: "GET", path: w.link("")})
	want{status: 200, body: []string{"Only the beginning is shown", "2.0 MiB"}}.check(t, w, rec)
	if n := strings.Count(rec.Body.String(), "é"); n != 128<<10 || strings.Contains(rec.Body.String(), "\ufffd") {
		t.Errorf("%d characters are shown, want %d whole ones", n, 128<<10)
	}
}

func TestBLB03PageOfDamagedText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("x", "the approved words")
	w.blobs.spoil = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		_ = r.Close()
		return io.NopCloser(iotest.OneByteReader(strings.NewReader("the altered. words"))), err
	}
	rec := w.send(call{method: "GET", path: w.link("")})
	want{status: 500, code: "internal_error", header: map[string]string{"Content-Type": "application/json"}}.check(t, w, rec)
	if strings.Contains(rec.Body.String(), "altered") {
		t.Error("damaged text was shown")
	}
}

func TestPRV06FileNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		`plain name.txt`: `attachment; filename="plain name.txt"`,
		`a"b;c%41.txt`:   `attachment; filename="a_b;c_41.txt"; filename*=UTF-8''a%22b%3Bc%2541.txt`,
		"x\u202etxt.exe": `attachment; filename="x_txt.exe"`,
		"Größe 😀.png":    `attachment; filename="Gr__e _.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%F0%9F%98%80.png`,
	} {
		w := newWorld(t)
		w.upload("bundle", "", name, []byte("x"))
		rec := w.send(call{method: "GET", path: base + "/{id}/versions/1/content", as: "reader"})
		if got := rec.Header().Get("Content-Disposition"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
		if _, _, err := mime.ParseMediaType(rec.Header().Get("Content-Disposition")); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPublicHandlerStandsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.create("x", "text")
	rec := httptest.NewRecorder()
	httpx.Public(w.lib, httpx.Options{}).ServeHTTP(rec, call{method: "GET", path: w.link("")}.request(w))
	want{status: 200, body: []string{"<pre>text</pre>"}}.check(t, w, rec)
}

func TestPRV05HostileMarkdownIsShownAsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat(">", 100<<10), strings.Repeat("[a](", 25<<10), strings.Repeat("*a **b ", 10<<10), strings.Repeat("- ", 50<<10), strings.Repeat(" ", 1000) + "- a",
	} {
		w := newWorld(t)
		w.upload("blog", "text/markdown", "x.md", []byte(text))
		rec := w.send(call{method: "GET", path: w.link("")}) // minutes, if it were parsed
		want{status: 200, body: []string{"<pre>" + strings.ReplaceAll(text[:10], ">", "&gt;")}}.check(t, w, rec)
	}
}
