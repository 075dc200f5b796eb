package house_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// bound is a row of the table of what a valid key can do.
type bound struct {
	subjects string // route, tool, job
	worst    string
	tests    string
}

// bounds returns the rows of the table in docs/operations.md.
func bounds(t *testing.T) (all []bound) {
	t.Helper()
	_, table, _ := strings.Cut(read(t, "docs/operations.md"), "\n## The worst a valid key can do\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 7 {
			t.Fatalf("%d cells, want 7: %s", len(cells), line)
		}
		all = append(all, bound{cells[0], strings.TrimSpace(cells[1]), strings.TrimSpace(cells[6])})
	}
	if len(all) < 2 {
		t.Fatal("docs/operations.md has no table of bounds")
	}
	return all[1:] // without the heading
}

// spans returns the texts in backquotes.
func spans(text string) (all []string) {
	for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}

// TestBoundsOfEverything checks that the table has a row for each route, tool and
// background job, and none for a route that does not exist.
func TestBoundsOfEverything(t *testing.T) {
	t.Parallel()
	var named []string
	for _, b := range bounds(t) {
		named = append(named, spans(b.subjects)...)
	}
	missing := routes(t)
	isRoute := regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE) (…?)(/.*)$`)
	for _, name := range named {
		m := isRoute.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		found := false
		for route := range missing {
			method, path, _ := strings.Cut(route, " ")
			if method == m[1] && (path == m[3] || m[2] != "" && strings.HasSuffix(path, m[3])) {
				missing[route], found = true, true
			}
		}
		if !found {
			t.Errorf("the table has %q, which is no route", name)
		}
	}
	for route, found := range missing {
		if !found {
			t.Errorf("the table has no row for %s", route)
		}
	}
	for _, name := range append(declaredNames(t, "mcpx", `(?m)^\t*name: "([a-z_]+)", title: `), declaredNames(t, ".", `job\{name: "([a-z_]+)"`)...) {
		if !slices.Contains(named, name) {
			t.Errorf("the table has no row for %s", name)
		}
	}
}

// routes returns the routes of the OpenAPI document, without the path that they begin
// with; none has been found yet.
func routes(t *testing.T) map[string]bool {
	t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(read(t, "docs/openapi.json")), &document); err != nil || len(document.Paths) == 0 {
		t.Fatalf("%d paths, %v", len(document.Paths), err)
	}
	all := map[string]bool{}
	for path, methods := range document.Paths {
		path, ok := strings.CutPrefix(path, "/api/v1/assets")
		switch {
		case !ok:
			path = strings.TrimPrefix(path, "/api/v1/public/assets")
		case path == "":
			path = "/"
		}
		for method := range methods {
			if method != "parameters" {
				all[strings.ToUpper(method)+" "+path] = false
			}
		}
	}
	return all
}

// declaredNames returns what a pattern finds in the Go files of a folder, without tests.
func declaredNames(t *testing.T, folder, pattern string) (all []string) {
	t.Helper()
	for _, f := range sourceFiles(t) {
		if path.Dir(f.path) != folder || strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, f.path), -1) {
			all = append(all, found[1])
		}
	}
	if len(all) == 0 {
		t.Errorf("%s has no %s", folder, pattern)
	}
	return all
}

// TestTestsOfBoundsExist checks that each row names tests that exist, unless there is no
// bad input.
func TestTestsOfBoundsExist(t *testing.T) {
	t.Parallel()
	declared := testFolders(t)
	named := regexp.MustCompile("`((?:Test|Benchmark)\\w+)`(?: of package `(\\w+)`)?")
	for _, b := range bounds(t) {
		found := named.FindAllStringSubmatch(b.tests, -1)
		if len(found) == 0 && !strings.HasPrefix(b.worst, "none") {
			t.Errorf("no test for %s", b.subjects)
		}
		for _, f := range found {
			folders := declared[f[1]]
			if len(folders) == 0 || f[2] != "" && !slices.Contains(folders, f[2]) {
				t.Errorf("%s names %s, which is in the folders %v", b.subjects, f[0], folders)
			}
		}
	}
}

// testFolders returns the names of the folders that have a test of a name, in all modules.
// Conformance tests are in files that are no tests.
func testFolders(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	declaration := regexp.MustCompile(`(?m)^func ((?:Test|Benchmark)\w+)[\[(]`)
	err := fs.WalkDir(os.DirFS(moduleRoot), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && file != ".":
			return fs.SkipDir
		case path.Ext(file) != ".go":
			return nil
		}
		for _, found := range declaration.FindAllStringSubmatch(read(t, file), -1) {
			all[found[1]] = append(all[found[1]], path.Base(path.Dir(file)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
