package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// newDashboard returns the addresses of a dashboard that may call the routes, and of
// one that may not.
func newDashboard(t *testing.T) (allowed, refused string) {
	t.Helper()
	handler := http.NewServeMux()
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	serve := func() string {
		s := httptest.NewServer(pages(api.URL))
		t.Cleanup(s.Close)
		return s.URL
	}
	allowed, refused = serve(), serve()
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}, PublicURL: api.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler.Handle("/", cors(routes(lib), allowed))
	return allowed, refused
}

// TestDashboardInChromium: a page of another origin uploads, creates, approves, reads and
// counts, and reads the headers that it needs; a page of a third origin does nothing.
func TestDashboardInChromium(t *testing.T) {
	t.Parallel()
	allowed, refused := newDashboard(t)
	results := visit(t, allowed, refused)
	published := results[0].Published
	if !strings.Contains(published.Location, "/api/v1/assets/") {
		t.Errorf("the page reads the Location %q", published.Location)
	}
	published.Location = ""
	want := result{
		Published: publication{Status: "approved", Text: "Spri", ETag: `"r2"`, Range: "bytes 0-3/15"},
		Counts:    map[string]int{"draft": 0, "pending_review": 0, "approved": 1, "archived": 0, "in_force": 1},
	}
	if diff := cmp.Diff(want, result{published, results[0].Counts, results[0].Error}); diff != "" {
		t.Errorf("an allowed origin (-want +got):\n%s", diff)
	}
	if results[1].Error != "TypeError: Failed to fetch" {
		t.Errorf("another origin: %+v", results[1])
	}
}

type (
	result struct {
		Published publication
		Counts    map[string]int
		Error     string
	}
	publication struct{ Status, Text, Location, ETag, Range string }
)

// visit opens the pages in Chromium and returns what they did.
func visit(t *testing.T, pages ...string) []result {
	t.Helper()
	modules, err := filepath.Abs("../../.tools/playwright-core-1.65.1") // see scripts/test-servers
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(modules)
	requireTool(t, err)
	executable, err := exec.LookPath("chromium")
	requireTool(t, err)
	node, err := exec.LookPath("node")
	requireTool(t, err)
	setting, err := json.Marshal(map[string]any{"modules": modules, "executable": executable, "pages": pages})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/visit.mjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(append(setting, '\n')); err != nil { // stdin stays open, see visit.mjs
		t.Fatal(err)
	}
	var results []result
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	if err := cmd.Wait(); err != nil || len(results) != len(pages) {
		t.Fatalf("%d results, %v", len(results), err)
	}
	return results
}

// requireTool skips the test if a program is missing, or fails it with ASSETS_TEST_TOOLS.
func requireTool(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("ASSETS_TEST_TOOLS") != "" && os.Getenv("SKIP_SERVERS") == "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	lib, err := assets.New(assets.Config{Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{}})
	if err != nil {
		t.Fatal(err)
	}
	h := cors(routes(lib), "https://app.example")
	for _, c := range []struct {
		method, origin string
		status         int
		allowed        string
	}{
		{"OPTIONS", "https://app.example", 204, "https://app.example"},
		{"OPTIONS", "https://evil.example", 405, ""},
		{"OPTIONS", "", 405, ""},
		{"GET", "https://app.example", 401, "https://app.example"}, // the page may read why
		{"GET", "https://evil.example", 401, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/api/v1/assets", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Header()
		if w.Code != c.status || got.Get("Access-Control-Allow-Origin") != c.allowed || got.Get("Vary") != "Origin" ||
			(got.Get("Access-Control-Allow-Headers") != "") != (c.status == 204) {
			t.Errorf("%s from %q: %d %v", c.method, c.origin, w.Code, got)
		}
	}
}

// TestDocumentShowsTheRecipe compares the code in docs/browsers.md with the function.
func TestDocumentShowsTheRecipe(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile("cors.go")
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(code), "\n)\n\n")
	document, err := os.ReadFile("../../docs/browsers.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "```go\n"+recipe+"```\n") {
		t.Errorf("docs/browsers.md does not show\n%s", recipe)
	}
}
