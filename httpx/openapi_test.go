package httpx_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

// plain returns a Library with default settings.
func plain(t testing.TB) *assets.Library {
	t.Helper()
	return resttest.New(t, func(c *assets.Config, _ *httpx.Options) { c.PublicURL = "" }).Lib
}

// TestOpenAPIFileIsUpToDate compares docs/openapi.json with the document of a Library with
// default settings. make openapi writes the file.
func TestOpenAPIFileIsUpToDate(t *testing.T) {
	t.Parallel()
	var readable bytes.Buffer
	if err := json.Indent(&readable, resttest.Document(t, plain(t)), "", "  "); err != nil {
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
	srv := resttest.New(t)
	get := call{Method: "GET", Path: base + "/openapi.json"}
	first := srv.Send(get)
	want{Status: 200, Header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-cache"}, Body: []string{`"openapi":"3.1.1"`, `"url":"https://assets.example"`}}.Check(t, srv, first)
	if again := resttest.Document(t, srv.Lib); !bytes.Equal(first.Body.Bytes(), again) {
		t.Error("another handler of the same Library serves other bytes")
	}
	get.Header = map[string]string{"If-None-Match": first.Header().Get("ETag")}
	want{Status: 304, Header: map[string]string{"ETag": first.Header().Get("ETag")}}.Check(t, srv, srv.Send(get))
	get.Path += "?x=1"
	want{Status: 422, Locs: []string{"query.x"}}.Check(t, srv, srv.Send(get))
}
