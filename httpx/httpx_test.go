package httpx_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

func TestAUTH01OneByteIdentical401(t *testing.T) {
	backends.EachDatabase(t, oneByteIdentical401)
}

func oneByteIdentical401(t *testing.T, db backends.Database) {
	w := oneCopy(t, on(db))
	var first string
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer unknown", "Basic YW5uOg==", "Bearer nobody", "bearer  x y"} {
		for _, c := range []call{
			{method: "GET", path: base},
			{method: "POST", path: base, body: "{not json"},
			{method: "GET", path: base + "/malformed"},
			{method: "GET", path: "{base}/{id}/versions/1/content"},
		} {
			if authorization != "" {
				c.header = map[string]string{"Authorization": authorization}
			}
			rec := w.send(c)
			want{status: 401, code: "unauthorized", header: map[string]string{"WWW-Authenticate": "Bearer"}}.check(t, w, rec)
			whole := fmt.Sprint(rec.Header(), rec.Body)
			if first == "" {
				first = whole
			}
			if diff := cmp.Diff(first, whole); diff != "" {
				t.Errorf("%q %s: %s", authorization, c.path, diff)
			}
		}
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	run(t, oneCopy, []scenario{
		{"AUTH03 back end away", call{method: "GET", path: base, as: "down"}, want{status: 503, code: "unavailable"}},
		{"scope before the body", call{method: "POST", path: base, as: "reader", body: "{not json"}, want{status: 403, code: "forbidden_scope"}},
		{"scope before the media type", call{method: "POST", path: "{base}/{id}/approval", as: "reader", body: "x", header: map[string]string{"Content-Type": "text/plain"}}, want{status: 403, code: "forbidden_scope"}},
		{"syntax before the action's scope", call{method: "POST", path: "{base}/{id}/approval", as: "writer", body: `{"action":"approve",}`}, want{status: 400, code: "bad_request"}},
		{"NET03 cross-site form", call{method: "POST", path: "{base}/{id}/approval", body: `{"action":"approve","version":1}`, header: map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "session=ann"}}, want{status: 403, code: "forbidden_origin"}},
		{"cross-site with a bearer", call{method: "POST", path: "{base}/{id}/approval", as: "ann", body: `{"action":"submit"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, want{status: 200}},
		{"NET02 forwarded host", call{method: "GET", path: "{base}/{id}/preview-url", as: "ann", header: map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}}, want{status: 200, body: []string{`"url":"https://assets.example/api/v1/public/assets/preview/`}}},
	})
}

func TestNET02PathsAndMethods(t *testing.T) { backends.EachDatabase(t, pathsAndMethods) }

func pathsAndMethods(t *testing.T, db backends.Database) {
	w := oneCopy(t, on(db))
	paths := map[string]string{ // path → Allow
		base: "GET, HEAD, POST", base + "/": "GET, HEAD, POST",
		"{base}/{id}":                       "DELETE, GET, HEAD, PATCH",
		"{base}/{id}/versions":              "POST",
		"{base}/{id}/versions/1":            "GET, HEAD",
		"{base}/{id}/versions/1/content":    "GET, HEAD",
		"{base}/{id}/rollback":              "POST",
		"{base}/{id}/approval":              "POST",
		"{base}/bulk/approval":              "POST",
		"{base}/{id}/preview":               "GET, HEAD",
		"{base}/{id}/preview-url":           "GET, HEAD",
		"/api/v1/public/assets/preview/abc": "GET, HEAD",
	}
	for path, allow := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
			if slices.Contains(strings.Split(allow, ", "), method) {
				continue
			}
			rec := w.send(call{method: method, path: path})
			want{status: 405, code: "method_not_allowed", header: map[string]string{"Allow": allow}}.check(t, w, rec)
		}
	}
	for _, path := range []string{
		base + "/{id}/", base + "/{id}/nothing", base + "/{id}/versions/1/", base + "/{id}/versions/1/content/more",
		base + "//{id}", base + "/./{id}", base + "/x/../{id}", base + "/%2e%2e/x", base + "/{id}%2fversions", base + "/{id}%2Fpreview",
		"/api/v1/public/assets", "/api/v1/public/assets/", "/api/v1/public/assets/preview/", "/api/v1/public/assets/preview/a/b",
	} {
		for _, method := range []string{"GET", "POST", "TRACE"} {
			// The handlers themselves: a ServeMux of the host redirects some.
			rec := httptest.NewRecorder()
			h := httpx.Handler(w.lib, httpx.Options{Authenticate: httpx.Bearer(ring())})
			if strings.Contains(path, "public") {
				h = httpx.Public(w.lib, httpx.Options{})
			}
			h.ServeHTTP(rec, call{method: method, path: path}.request(w))
			want{status: 404, code: "not_found", header: map[string]string{"Location": "-"}}.check(t, w, rec)
		}
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"/", "/a", "/a/b/c/"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *assets.Config, _ *httpx.Options) { c.BasePath, c.PublicPath = prefix, "/pub" })
			at := strings.TrimSuffix(prefix, "/")
			created := w.must(201, call{method: "POST", path: at + "/", as: "ann", body: `{"type":"copy","title":"t","text":"x"}`})
			want{status: 200}.check(t, w, w.send(call{method: "GET", path: at + "/" + fmt.Sprint(created["id"]), as: "ann"}))
			if at != "" {
				want{status: 200}.check(t, w, w.send(call{method: "GET", path: at, as: "ann"}))
			}
			want{status: 404, code: "not_found"}.check(t, w, w.send(call{method: "GET", path: "/pub/preview/x"}))
		})
	}
}

func TestHandlerNeedsAnAuthenticator(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a handler without authenticator was made")
		}
	}()
	httpx.Handler(newWorld(t).lib, httpx.Options{})
}

func TestLOG03Panic(t *testing.T) { backends.EachDatabase(t, logPanic) }

func logPanic(t *testing.T, db backends.Database) {
	w := newWorld(t, on(db))
	want{status: 500, code: "internal_error"}.check(t, w, w.send(call{method: "GET", path: base, as: "bomb"}))
	record := w.log.String()
	if strings.Count(record, "\n") != 1 || !strings.Contains(record, `secret\nbomb`) || strings.Contains(record, "Bearer bomb") {
		t.Errorf("log: %s", record)
	}
}

func TestNET02OverTheWire(t *testing.T) { backends.EachDatabase(t, overTheWire) }

func overTheWire(t *testing.T, db backends.Database) {
	w := newWorld(t, on(db))
	addr := server(t, w, httpx.Options{})
	for request, status := range map[string]int{
		"TRACE " + base + " HTTP/1.1":                                      405,
		"GET " + base + "//x HTTP/1.1":                                     404,
		"GET " + base + "/a%2fb HTTP/1.1":                                  404,
		"GET " + base + "?q=" + strings.Repeat("a", 100<<10) + " HTTP/1.1": 401,
	} {
		got := raw(t, addr, request+"\r\nHost: x\r\nConnection: close\r\n\r\n", false)
		if got.status != status || got.header.Get("Content-Type") != "application/json" || !strings.Contains(got.body, `"code"`) {
			t.Errorf("%.60s: %d %s", request, got.status, got.body)
		}
	}
}
