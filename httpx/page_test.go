package httpx_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

var active = regexp.MustCompile(`(?i)<(script|img|iframe|svg|object|embed|form|input|link|base|meta http)|javascript:|data:text|\son\w+\s*=|src=|url\(`)

func TestPagesPRV05(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ typ, media, content, shows string }{
		"plain":          {"copy", "text/plain", "<b>&</b><script>alert(1)</script>", "&lt;b&gt;&amp;&lt;/b&gt;&lt;script&gt;"},
		"markdown":       {"blog", "text/markdown", "# Big\n\n*it* ![i](http://evil.example/x.png) [a](https://ok.example) [b](javascript:alert(1)) <img src=x onerror=alert(1)>", `<a href="https://ok.example" rel="nofollow noreferrer">a</a>`},
		"markdown table": {"blog", "text/markdown", "|a|b|\n|-|-|\n|1|2|\n", "<td>1</td>"},
		"markdown align": {"blog", "text/markdown", "|a|b|\n|-|-:|\n|1|2|\n", `<td align="right">2</td>`},
		"markdown tasks": {"blog", "text/markdown", "- [x] ordered\n- [ ] paid\n", "<li>[x] ordered</li>\n<li>[ ] paid</li>"},
		"html":           {"copy", "text/html", `<h2 onclick="x()" style="background:url(//evil)">Hi</h2><script src=//evil></script><img src=//evil><form action=//evil><input></form><svg onload=alert(1)></svg><base href=//evil>`, `<h2 dir="auto">Hi</h2>`},
		"json":           {"copy", "application/json", `{"a":"<script>"}`, "application/json"},
		"svg":            {"image", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`, "SHA-256"},
		"bundle":         {"bundle", "application/zip", "PK\x03\x04", "4 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t)
			srv.Upload(tt.typ, tt.media, "a<b>.x", []byte(tt.content))
			for path, download := range map[string]string{
				srv.PreviewPath(""):                      `href="?download=1"`,
				base + "/" + srv.Vars["id"] + "/preview": `href="?version=1&amp;download=1"`,
			} {
				rec := srv.Send(call{Method: "GET", Path: path, As: "reader"})
				want{Status: 200, Body: []string{tt.shows, download, "a&lt;b&gt;.x"}, Header: map[string]string{
					"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache, no-transform", "Referrer-Policy": "no-referrer",
				}}.Check(t, srv, rec)
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

// TestPagesHaveTheDisclosure: the page of a preview says in words how the version was made,
// also if it cannot show the content, and nothing if that is not known.
func TestPagesHaveTheDisclosure(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	for sourceType, words := range map[string]string{
		"trainedAlgorithmicMedia":              " · made by AI</p>",
		"compositeWithTrainedAlgorithmicMedia": " · edited with AI</p>",
		"digitalCapture":                       " · captured</p>",
		"":                                     " · version 1</p>",
	} {
		for media, content := range map[string]string{"text/plain": "x", "text/markdown": "# x", "text/html": "<p>x</p>", "application/json": "{}"} {
			provenance := map[string]string{}
			if sourceType != "" {
				provenance["source_type"] = sourceType
			}
			metadata, _ := json.Marshal(map[string]any{"type": "copy", "title": "A file", "filename": "a.x", "provenance": provenance})
			form := resttest.Form{{Name: "metadata", Body: string(metadata)}, {Name: "content", Media: media, Body: content}}
			srv.Vars["id"], _ = srv.Must(201, call{Method: "POST", Path: base, As: "writer", Form: &form})["id"].(string)
			for _, path := range []string{srv.PreviewPath(""), base + "/" + srv.Vars["id"] + "/preview"} {
				rec := srv.Send(call{Method: "GET", Path: path, As: "reader"})
				want{Status: 200, Body: []string{words}}.Check(t, srv, rec)
			}
		}
	}
}

func TestLongTextIsTruncated(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.Upload("copy", "text/plain", "long.txt", []byte(strings.Repeat("é", 1<<20)))
	rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")})
	want{Status: 200, Body: []string{"Only the beginning is shown", "2.0 MiB"}}.Check(t, srv, rec)
	if n := strings.Count(rec.Body.String(), "é"); n != 128<<10 || strings.Contains(rec.Body.String(), "\ufffd") {
		t.Errorf("%d characters are shown, want %d complete ones", n, 128<<10)
	}
}

func TestPageOfDamagedTextBLB03(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	srv.CreateText("x", "the approved words")
	srv.Blobs.Fault = func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		_ = r.Close()
		return io.NopCloser(iotest.OneByteReader(strings.NewReader("the altered. words"))), err
	}
	rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")})
	want{Status: 500, Code: "internal_error", Header: map[string]string{"Content-Type": "application/json"}}.Check(t, srv, rec)
	if strings.Contains(rec.Body.String(), "altered") {
		t.Error("damaged text was shown")
	}
}

func TestPagesOfLongTexts(t *testing.T) { backends.EachDatabase(t, longTextsAreVerifiedOnce) }

// longTextsAreVerifiedOnce: pages of a long text read all of it once and then its
// beginning; its content routes read and verify it each time.
func longTextsAreVerifiedOnce(t *testing.T, db backends.Database) {
	t.Run("HOS10", func(t *testing.T) {
		const size = 4 << 20
		srv := resttest.New(t, resttest.WithDatabase(db))
		srv.Upload("copy", "text/plain", "long.txt", []byte(strings.Repeat("text ", size/5)))
		page, content := call{Method: "GET", Path: srv.PreviewPath("")}, call{Method: "GET", Path: base + "/{id}/versions/1/content", As: "reader"}
		read := func(c call, status int) int64 {
			t.Helper()
			var n atomic.Int64
			srv.Blobs.SetFault(func(r io.ReadCloser, err error) (io.ReadCloser, error) {
				return countingReader{r, &n}, err
			})
			want{Status: status}.Check(t, srv, srv.Send(c))
			return n.Load()
		}
		damage := func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			_ = r.Close()
			return io.NopCloser(strings.NewReader(strings.Repeat("test ", size/5))), err
		}
		srv.Blobs.SetFault(damage)
		want{Status: 500, Code: "internal_error"}.Check(t, srv, srv.Send(page))
		if n := read(page, 200); n < size-5 {
			t.Errorf("the first page read %d bytes", n)
		}
		for range 3 {
			if n := read(page, 200); n > 512<<10 {
				t.Errorf("another page read %d bytes", n)
			}
			if n := read(content, 200); n < size-5 {
				t.Errorf("the content read %d bytes", n)
			}
		}
	})
}

// countingReader counts the bytes that are read.
type countingReader struct {
	io.ReadCloser
	n *atomic.Int64
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.n.Add(int64(n))
	return n, err
}

// TestPagesOfSlowClientsAreReserved: a large page stays reserved while its client takes
// it, and no worker does.
func TestPagesOfSlowClientsAreReservedHOS05(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		typ, media, text string
		small            bool
	}{
		"plain":    {"copy", "text/plain", strings.Repeat(`"`, 256<<10), false},
		"too long": {"copy", "text/plain", strings.Repeat(`"`, 512<<10), false},
		"markdown": {"blog", "text/markdown", strings.Repeat(`"`, 128<<10), false},
		"html":     {"copy", "text/html", strings.Repeat("<p>a", 64<<10), false},
		"small":    {"copy", "text/html", strings.Repeat("a", 100<<10), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := resttest.New(t)
			srv.Upload(tt.typ, tt.media, "f", []byte(tt.text))
			for _, c := range []call{{Method: "GET", Path: srv.PreviewPath("")}, {Method: "GET", Path: base + "/{id}/preview", As: "reader"}} {
				rec, sending, open := httptest.NewRecorder(), make(chan struct{}), make(chan struct{})
				first := sync.OnceFunc(func() { close(sending); <-open })
				var handler sync.WaitGroup
				handler.Go(func() { srv.Mux.ServeHTTP(blockingWriter{rec, first}, c.Request(srv)) })
				within(t, sending, "the client gets no byte")
				work := srv.Lib.Stats().Work
				close(open)
				handler.Wait()
				want{Status: 200, Body: []string{"</html>"}}.Check(t, srv, rec)
				size := int64(rec.Body.Len())
				if tt.small != (size <= 256<<10) {
					t.Errorf("the page has %d bytes", size)
				}
				if tt.small && work.Reserved > 0 || !tt.small && (work.Reserved < size || work.Reserved > 2*size) || work.Running > 0 {
					t.Errorf("%+v while %d bytes are sent", work, size)
				}
				if left := srv.Lib.Stats().Work.Reserved; left != 0 {
					t.Errorf("%d bytes stay reserved", left)
				}
			}
		})
	}
}

// TestSlowClientOfAPageIsCut: while a client does not read a large page, another one gets
// it: the slow one is cut for it, and only when it has had time.
func TestSlowClientOfAPageIsCutHOS05(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) {
		c.Limits.WorkMemory, c.Limits.WorkWait = 16<<20, 2*time.Second // one page is rendered beside none that is sent
	})
	srv.Upload("copy", "text/plain", "f", []byte(strings.Repeat(`"`, 256<<10)))
	addr := listen(t, srv, httpx.Options{})
	slow, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if err := slow.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf("GET %s/%s/preview HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer reader\r\n\r\n", base, srv.Vars["id"])
	if _, err := io.WriteString(slow, request); err != nil {
		t.Fatal(err)
	}
	first, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil || first.StatusCode != 200 {
		t.Fatalf("%+v, %v", first, err)
	}
	defer first.Body.Close()
	for range 2 {
		got := sendRaw(t, addr, request, false)
		if got.status != 200 || len(got.body) < 5*(256<<10) {
			t.Errorf("another client: %d with %d bytes", got.status, len(got.body))
		}
	}
	if rest, err := io.ReadAll(first.Body); err == nil {
		t.Errorf("the slow client has got all %d bytes", len(rest))
	}
}

func TestSizesOnPages(t *testing.T) {
	t.Parallel()
	for size, text := range map[int]string{1: "1 byte", 1023: "1023 bytes", 1024: "1.0 KiB", 1536: "1.5 KiB", 3 << 20: "3.0 MiB"} {
		srv := resttest.New(t)
		srv.Upload("bundle", "application/octet-stream", "x", make([]byte, size))
		want{Status: 200, Body: []string{" · " + text + " · version 1"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}))
	}
}
