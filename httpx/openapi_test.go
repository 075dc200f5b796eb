package httpx_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

// documentOf fetches a library's document as anybody may.
func documentOf(t testing.TB, lib *assets.Library) []byte {
	t.Helper()
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", strings.TrimSuffix(lib.BasePath(), "/")+"/openapi.json", nil)
	httpx.Handler(lib, httpx.Options{Authenticate: httpx.Bearer(ring())}).ServeHTTP(rec, r)
	if rec.Code != 200 {
		t.Fatalf("openapi.json: %d %s", rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// plain is a library with the defaults of everything.
func plain(t testing.TB) *assets.Library {
	t.Helper()
	return newWorld(t, func(c *assets.Config, _ *httpx.Options) { c.PublicURL = "" }).lib
}

// TestOpenAPIFileIsUpToDate: docs/openapi.json is what a server with default
// settings answers. make openapi writes it.
func TestOpenAPIFileIsUpToDate(t *testing.T) {
	t.Parallel()
	var readable bytes.Buffer
	if err := json.Indent(&readable, documentOf(t, plain(t)), "", "  "); err != nil {
		t.Fatal(err)
	}
	readable.WriteByte('\n')
	file := filepath.Join("..", "docs", "openapi.json")
	if *update {
		if err := os.WriteFile(file, readable.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), readable.String()); diff != "" {
		t.Errorf("docs/openapi.json is stale, run make openapi: %s", diff)
	}
}

func TestOpenAPIDocumentIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	get := call{method: "GET", path: base + "/openapi.json"}
	first := w.send(get)
	want{status: 200, header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-cache"}, body: []string{`"openapi":"3.1.1"`, `"url":"https://assets.example"`}}.check(t, w, first)
	if again := documentOf(t, w.lib); !bytes.Equal(first.Body.Bytes(), again) {
		t.Error("another handler of the same library answers other bytes")
	}
	get.header = map[string]string{"If-None-Match": first.Header().Get("ETag")}
	want{status: 304, header: map[string]string{"ETag": first.Header().Get("ETag")}}.check(t, w, w.send(get))
	get.path += "?x=1"
	want{status: 422, locs: []string{"query.x"}}.check(t, w, w.send(get))
}
