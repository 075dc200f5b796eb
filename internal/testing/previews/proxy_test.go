package previews_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/internal/testing/testproc"
)

// cachingProxy starts an nginx in front of a server that caches every response for an
// hour, unless the response forbids it, and returns its URL.
func cachingProxy(t *testing.T, origin string) string {
	t.Helper()
	return testproc.Nginx(t, "proxy_cache_path kept keys_zone=all:1m;", `location / {
      proxy_pass `+origin+`;
      proxy_cache all;
      proxy_cache_valid any 1h;
      proxy_cache_revalidate on;
      add_header X-Cache $upstream_cache_status always;
    }`)
}

// proxyClient sends requests through the proxy.
type proxyClient struct {
	t   *testing.T
	url string
}

func (p proxyClient) get(path string, header ...string) proxyResponse {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return proxyResponse{resp.StatusCode, resp.Header, string(body)}
}

// proxyResponse is a response that came through the proxy.
type proxyResponse struct {
	status int
	header http.Header
	body   string
}

// expect checks the status of a response, that it does not come from the cache, and that
// its headers forbid caching.
func (p proxyClient) expect(status int, path string, header ...string) {
	p.t.Helper()
	got := p.get(path, header...)
	if got.status != status {
		p.t.Errorf("%s: %d, want %d: %.200s", path, got.status, status, got.body)
	}
	if from := got.header.Get("X-Cache"); from != "MISS" {
		p.t.Errorf("%s: the response comes from the cache: %s", path, from)
	}
	rule := "private, no-cache, no-transform"
	if status >= http.StatusBadRequest {
		rule = "no-store"
	}
	if kept := got.header.Get("Cache-Control"); kept != rule || got.header.Get("Expires") != "" {
		p.t.Errorf("%s: Cache-Control %q, Expires %q; want %q alone", path, kept, got.header.Get("Expires"), rule)
	}
}

// TestNothingIsCachedPRV07: an nginx that caches whatever it may does not cache previews
// and content. After the asset is archived or a link has expired, the next request is
// refused.
func TestNothingIsCachedPRV07(t *testing.T) {
	t.Parallel()
	at := time.Now()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.Now = func() time.Time { return at } })
	requests := 0
	srv.Mux.HandleFunc("/static", func(rw http.ResponseWriter, _ *http.Request) {
		requests++
		_, _ = io.WriteString(rw, "static")
	})
	server := httptest.NewServer(srv.Mux)
	t.Cleanup(server.Close)
	p := proxyClient{t, cachingProxy(t, server.URL)}

	for range 3 { // without protection the attack must be noticed
		p.get("/static")
	}
	if requests != 1 {
		t.Fatalf("the proxy requested a cacheable response %d times", requests)
	}
	ann := []string{"Authorization", "Bearer ann"}
	for name, upload := range map[string]func(){
		"text":  func() { srv.Upload("copy", "text/plain", "a.txt", []byte("Spring is here.")) },
		"file":  func() { srv.Upload("bundle", "application/zip", "a.zip", []byte("PK\x03\x04")) },
		"image": func() { srv.Upload("image", "image/png", "a.png", []byte(gradientPNG(t, 300, 200))) },
	} {
		upload()
		id := srv.Vars["id"]
		long, short := srv.PreviewPath("?expires_in=3600"), srv.PreviewPath("?expires_in=60&width=160")
		app, content := resttest.Base+"/"+id+"/preview", resttest.Base+"/"+id+"/versions/1/content"
		for range 2 {
			p.expect(200, long)
			p.expect(200, long+"?download=1")
			p.expect(200, short)
			p.expect(200, app, ann...)
			p.expect(200, content, ann...)
		}
		p.expect(401, app) // without the credential of the previous request
		p.expect(401, content)
		at = at.Add(2 * time.Minute)
		p.expect(410, short)
		p.expect(200, long)
		tag := p.get(long).header.Get("ETag")
		srv.Must(200, resttest.Call{Method: "POST", Path: resttest.Base + "/{id}/approval", As: "ann", Body: `{"action":"archive"}`})
		p.expect(410, long)
		p.expect(410, long, "If-None-Match", "*")
		if tag != "" {
			p.expect(410, long, "If-None-Match", tag)
		} else if name == "image" {
			t.Error("the image has no ETag")
		}
		srv.Must(200, resttest.Call{Method: "POST", Path: resttest.Base + "/{id}/approval", As: "ann", Body: `{"action":"reopen"}`})
		p.expect(200, long) // the error was not cached either
	}
}
