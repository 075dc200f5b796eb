package httpx_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// TestDocumentForGenerators looks for what some generators of clients cannot read, or
// read in another way. The module internal/testing/clients runs them.
func TestDocumentForGenerators(t *testing.T) {
	t.Parallel()
	var check func(path string, v any)
	check = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				check(fmt.Sprintf("%s/%d", path, i), e)
			}
		case map[string]any:
			component := strings.Count(path, "/") == 3 && strings.HasPrefix(path, "/components/schemas/")
			if enum, ok := v["enum"].([]any); ok && v["type"] == nil {
				t.Errorf("%s has an enum without a type: %v", path, enum)
			} else if ok && len(enum) > 1 && !component {
				t.Errorf("%s has an enum that is no component: name its type in apidoc.Names", path)
			}
			if v["default"] != nil && strings.HasPrefix(path, "/components/schemas/") && !component {
				t.Errorf("%s has a default, which makes the member required: describe it in words", path)
			}
			for name, e := range v {
				if name != "example" && name != "examples" {
					check(path+"/"+name, e)
				}
			}
		}
	}
	check("", map[string]any(documentOf(t)))
}

// TestDocumentNamesBothHosts: a client sends credentials to the host of the routes that need
// them, and to no other.
func TestDocumentNamesBothHosts(t *testing.T) {
	t.Parallel()
	const api, content = "https://assets.example", "https://content.example"
	for name, c := range map[string]struct{ base, public, server, ofPublic string }{
		"one":                 {"", api, api, ""},
		"one, twice":          {api, api, api, ""},
		"none":                {"", "", "/", ""},
		"two":                 {api, content, api, content},
		"only that of routes": {api, "", api, "/"},
	} {
		lib := resttest.New(t, func(cfg *assets.Config, _ *httpx.Options) { cfg.BaseURL, cfg.PublicURL = c.base, c.public }).Lib
		type server struct{ URL string }
		var d struct {
			Servers []server
			Paths   map[string]struct{ Servers []server }
		}
		if err := json.Unmarshal(resttest.Document(t, lib), &d); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Servers, []server{{c.server}}) {
			t.Errorf("%s: servers %v, want %s", name, d.Servers, c.server)
		}
		for path, item := range d.Paths {
			var want []server
			if strings.HasPrefix(path, lib.PublicPath()) && c.ofPublic != "" {
				want = []server{{c.ofPublic}}
			}
			if !slices.Equal(item.Servers, want) {
				t.Errorf("%s: servers of %s are %v, want %v", name, path, item.Servers, want)
			}
		}
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
