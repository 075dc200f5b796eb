package reliability

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var rowsOfTwoAreas = []Row{
	{"TEN-01", "workspaces", "P0", "another workspace's id", ""},
	{"TEN-02", "workspaces", "P1", "an actor without a workspace", ""},
	{"CRA-01", "crashes", "P0", "SIGKILL", "needs Linux"},
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	table := newTable(rowsOfTwoAreas)
	table.Passed("assets", "TestTEN01Isolation/memory", []string{"memory store"})
	table.Passed("store/sqlite", "TestStore/file/TEN01_writes_stay", []string{"SQLite file"})
	table.Passed("store/sqlite", "TestStore/file/TEN01_reads_stay", []string{"SQLite file"})
	table.Passed("httpx", "TestContent/foreign_TEN01", nil)
	table.Passed("gone", "TestTEN02", nil)
	tree := fstest.MapFS{
		"isolation_test.go":          {Data: []byte("package assets_test\n\nfunc TestTEN01Isolation(t *testing.T) {\n}\n")},
		"isolation.go":               {Data: []byte("package assets\n\nfunc TestContent() {}\n")},
		"store/sqlite/other_test.go": {Data: []byte("func helper() {}\n\n// func TestStore(\nfunc TestStoreOther(t *testing.T) {}\n")},
		"store/sqlite/store_test.go": {Data: []byte("func TestStore(t *testing.T) {}\n")},
		"httpx/content_test.go":      {Data: []byte("func TestContent(t *testing.T) {}\n")},
	}
	got, err := table.Markdown(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := preamble + `
## Workspaces

| id | priority | situation | tests |
|---|---|---|---|
| [TEN-01](#ten-01) | P0 | another workspace's id | 3 |
| [TEN-02](#ten-02) | P1 | an actor without a workspace | 1 |

### TEN-01

P0: another workspace's id.

- [` + "`assets.TestTEN01Isolation`" + `](../isolation_test.go)
- [` + "`httpx.TestContent`" + `](../httpx/content_test.go): foreign TEN01
- [` + "`store/sqlite.TestStore`" + `](../store/sqlite/store_test.go): 2 subtests

Ran on: SQLite file, memory store.

### TEN-02

P1: an actor without a workspace.

- ` + "`gone.TestTEN02`" + `

## Crashes

| id | priority | situation | tests |
|---|---|---|---|
| [CRA-01](#cra-01) | P0 | SIGKILL | none |

### CRA-01

P0: SIGKILL.
No test: needs Linux.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for line := range strings.Lines(got) {
		if len(line) > 200 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}

// TestMarkdownRemembersTests: what Markdown writes is what Missing compares the
// next run with.
func TestMarkdownRemembersTests(t *testing.T) {
	t.Parallel()
	table := newTable(rowsOfTwoAreas)
	table.Passed("assets", "TestTEN01Isolation", nil)
	text, err := table.Markdown(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"TEN-01": true, "TEN-02": false, "CRA-01": false, "TEN-0": false} {
		if got := hadTest(text, id); got != want {
			t.Errorf("%s had a test: %v, want %v", id, got, want)
		}
	}
}

func TestMarkdownReportsUnreadableSource(t *testing.T) {
	t.Parallel()
	table := newTable(rowsOfTwoAreas)
	table.Passed("httpx", "TestTEN01", nil)
	tree := fstest.MapFS{"httpx/content_test.go": {Mode: fs.ModeDir}} // a folder with the name of a file
	if _, err := table.Markdown(tree); err == nil || !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
