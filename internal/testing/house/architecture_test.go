package house_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The lines of docs/architecture.md between which the table of imports is.
const (
	tableBegins = "<!-- imports -->\n"
	tableEnds   = "<!-- /imports -->\n"
)

// TestArchitectureShowsImportTable compares the table in docs/architecture.md
// with importTable. With -update it writes the table; what a package is, in
// the column in between, is kept.
func TestArchitectureShowsImportTable(t *testing.T) {
	t.Parallel()
	const document = "docs/architecture.md"
	text := read(t, document)
	before, rest, begins := strings.Cut(text, tableBegins)
	shown, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no table between the lines %s and %s", document, strings.TrimSpace(tableBegins), strings.TrimSpace(tableEnds))
	}
	rows, err := parseTable(shown)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	if *update {
		text = before + tableBegins + formatTable(rows) + tableEnds + after
		if err := os.WriteFile(filepath.Join(moduleRoot, document), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	rules := rulesByPackage(t)
	for _, row := range rows {
		if row.is == "" {
			t.Errorf("%s does not say what %s is", document, row.packages)
		}
		for _, path := range row.packages {
			r, ok := rules[path]
			if want := strings.Fields(r.only); !ok {
				t.Errorf("%s lists %s, which has no rule or is listed twice; run go test ./internal/testing/house -update", document, path)
			} else if !sameSet(row.only, want) {
				t.Errorf("%s: %s may import %v, the rule is %v; run go test ./internal/testing/house -update", document, path, row.only, want)
			}
			delete(rules, path)
		}
	}
	for path := range rules {
		t.Errorf("%s does not list %s; run go test ./internal/testing/house -update", document, path)
	}
}

// tableRow is a line of the table.
type tableRow struct {
	packages []string
	is       string // "" if the table has no such column
	only     []string
}

var quoted = regexp.MustCompile("`([^`]+)`")

// paths returns the packages that a cell names in backquotes.
func paths(cell string) (all []string) {
	for _, name := range quoted.FindAllStringSubmatch(cell, -1) {
		if name[1] == "assets" {
			name[1] = "."
		}
		all = append(all, name[1])
	}
	return all
}

// parseTable reads a Markdown table whose header has "package", "may import"
// and perhaps "is".
func parseTable(text string) (rows []tableRow, err error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	columns := map[string]int{}
	for i, name := range cells(lines[0]) {
		columns[name] = i
	}
	packages, hasPackages := columns["package"]
	only, hasOnly := columns["may import"]
	is, hasIs := columns["is"]
	if !hasPackages || !hasOnly {
		return nil, fmt.Errorf("the table's header is %q, want columns package and may import", lines[0])
	}
	for _, line := range lines[min(2, len(lines)):] {
		row := cells(line)
		if len(row) != len(columns) {
			return nil, fmt.Errorf("%d cells in the row %q", len(row), line)
		}
		r := tableRow{packages: paths(row[packages]), only: paths(row[only])}
		if hasIs {
			r.is = row[is]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func cells(line string) (all []string) {
	for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		all = append(all, strings.TrimSpace(cell))
	}
	return all
}

// formatTable writes importTable, with what the packages are from earlier rows.
func formatTable(earlier []tableRow) string {
	var b strings.Builder
	b.WriteString("| package | is | may import |\n|---|---|---|\n")
	for _, r := range importTable {
		packages, is := strings.Fields(r.packages), ""
		for _, row := range earlier {
			if slices.Contains(row.packages, packages[0]) {
				is = row.is
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", quote(packages), is, quote(strings.Fields(r.only)))
	}
	return b.String()
}

func quote(paths []string) string {
	names := []string{}
	for _, path := range paths {
		if path == "." {
			path = "assets"
		}
		names = append(names, "`"+path+"`")
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func TestParseTable(t *testing.T) {
	t.Parallel()
	rows, err := parseTable("| package | is | may import |\n|---|---|---|\n| `assets` | the root | `internal/id` |\n| `a`, `b` | both | nothing |\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []tableRow{{[]string{"."}, "the root", []string{"internal/id"}}, {[]string{"a", "b"}, "both", nil}}
	if fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", rows, want)
	}
	if rows, err = parseTable("| package | may import |\n|---|---|\n| `a` | `assets` |"); err != nil || len(rows) != 1 || rows[0].only[0] != "." {
		t.Errorf("without the column in between: %v, %v", rows, err)
	}
	for _, bad := range []string{"", "| package |\n|---|\n", "| package | may import |\n|---|---|\n| `a` |"} {
		if rows, err := parseTable(bad); err == nil {
			t.Errorf("%q is read as %v", bad, rows)
		}
	}
}
