package httpx_test

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestPathsAndMethodsNET02(t *testing.T) { backends.EachDatabase(t, pathsAndMethods) }

func pathsAndMethods(t *testing.T, db backends.Database) {
	srv := newDraft(t, resttest.WithDatabase(db))
	paths := map[string]string{ // path → Allow
		base: "GET, HEAD, POST", base + "/": "GET, HEAD, POST",
		"{base}/{id}":                        "DELETE, GET, HEAD, PATCH",
		"{base}/{id}/versions":               "GET, HEAD, POST",
		"{base}/{id}/reviews":                "GET, HEAD",
		"{base}/{id}/versions/1":             "GET, HEAD",
		"{base}/{id}/versions/1/content":     "GET, HEAD",
		"{base}/{id}/rollback":               "POST",
		"{base}/{id}/versions/1/attestation": "GET, HEAD",
		"/api/v1/public/assets/keys.json":    "GET, HEAD",
		"{base}/{id}/approval":               "POST",
		"{base}/{id}/allowed":                "GET, HEAD",
		"{base}/{id}/diff":                   "GET, HEAD",
		"{base}/me":                          "GET, HEAD",
		"{base}/counts":                      "GET, HEAD",
		"{base}/usage":                       "GET, HEAD",
		"{base}/bulk/approval":               "POST",
		"{base}/{id}/preview":                "GET, HEAD",
		"{base}/{id}/preview-url":            "GET, HEAD",
		"{base}/{id}/publishable":            "GET, HEAD",
		"/api/v1/public/assets/preview/abc":  "GET, HEAD",
	}
	for path, allow := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
			if slices.Contains(strings.Split(allow, ", "), method) {
				continue
			}
			rec := srv.Send(call{Method: method, Path: path})
			want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": allow}}.Check(t, srv, rec)
		}
	}
	for _, path := range []string{
		base + "/{id}/", base + "/{id}/nothing", base + "/{id}/versions/1/", base + "/{id}/versions/1/content/more",
		base + "//{id}", base + "/./{id}", base + "/x/../{id}", base + "/%2e%2e/x", base + "/{id}%2fversions", base + "/{id}%2Fpreview",
		"/api/v1/public/assets", "/api/v1/public/assets/", "/api/v1/public/assets/preview/", "/api/v1/public/assets/preview/a/b",
	} {
		for _, method := range []string{"GET", "POST", "TRACE"} {
			// Call the handlers directly, because a ServeMux redirects some paths.
			rec := httptest.NewRecorder()
			h := httpx.Handler(srv.Lib, httpx.Options{Authenticate: httpx.Bearer(resttest.KnownActors())})
			if strings.Contains(path, "public") {
				h = httpx.Public(srv.Lib, httpx.Options{})
			}
			h.ServeHTTP(rec, call{Method: method, Path: path}.Request(srv))
			want{Status: 404, Code: "not_found", Header: map[string]string{"Location": "-"}}.Check(t, srv, rec)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	try := call{Method: "POST", Path: base, As: "writer", Body: `{"type":"copy","title":"t","text":"x"}`, Header: map[string]string{"Idempotency-Key": "k1"}}
	first := srv.Send(try)
	want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "-"}}.Check(t, srv, first)
	again := srv.Send(try)
	want{Status: 201, Header: map[string]string{"Idempotency-Replayed": "true", "Location": first.Header().Get("Location")}, Body: []string{first.Body.String()}}.Check(t, srv, again)
	for _, another := range []string{
		`{"type":"copy","title":"t","text":"y"}`,
		`{"type":"copy","title":"u","text":"x"}`,
		`{"type":"copy","title":"t","text":"x","sha256":"` + strings.Repeat("0", 64) + `"}`, // would be refused without the key
		`{"type":"image","title":"t","text":"x","media_type":"image/png"}`,
	} {
		try.Body = another
		want{Status: 422, Code: "idempotency_mismatch"}.Check(t, srv, srv.Send(try))
	}
	try.Header["Idempotency-Key"] = "not visible"
	want{Status: 422, Locs: []string{"header.Idempotency-Key"}}.Check(t, srv, srv.Send(try))
	if n := srv.Count(); n != 1 {
		t.Errorf("%d assets, want 1", n)
	}
}

// TestVersionResponses tests the responses to requests that add a version.
func TestVersionResponses(t *testing.T) {
	t.Parallel()
	srv := newDraft(t)
	add := call{Method: "POST", Path: "{base}/{id}/versions", As: "writer", Body: `{"text":"second"}`, Header: map[string]string{"Idempotency-Key": "k"}}
	second := map[string]string{"Location": "https://assets.example{base}/{id}/versions/2", "ETag": `"r2"`}
	want{Status: 201, Header: second, Body: []string{`"version":2`}}.Check(t, srv, srv.Send(add))
	second["Idempotency-Replayed"] = "true"
	want{Status: 201, Header: second, Body: []string{`"version":2`}}.Check(t, srv, srv.Send(add))
	delete(add.Header, "Idempotency-Key")
	unchanged := map[string]string{"Location": "-", "Idempotency-Replayed": "-", "ETag": `"r2"`}
	want{Status: 200, Header: unchanged, Body: []string{`"version":2`}}.Check(t, srv, srv.Send(add))
}

// TestStoreWithoutExports: there are no routes for exports, nor are they documented.
func TestStoreWithoutExports(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.Store = struct{ assets.Store }{c.Store} })
	for _, path := range []string{base + "/exports/" + unknownID, "/api/v1/public/assets/exports/x"} {
		want{Status: 404, Code: "not_found"}.Check(t, srv, srv.Send(call{Method: "GET", Path: path, As: "ann"}))
	}
	if document := resttest.Document(t, srv.Lib); bytes.Contains(document, []byte("/exports")) {
		t.Error("the document has paths of exports")
	}
}
