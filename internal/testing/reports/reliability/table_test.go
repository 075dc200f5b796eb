package reliability

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func filled(t *testing.T) *Table {
	t.Helper()
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pkg, name string
		backends  []string
	}{
		{"httpx", "TestLIM02Bulk/memory", []string{"memory"}},
		{"httpx", "TestLIM02Bulk/sqlite", []string{"SQLite"}},
		{"store/sqlite", "TestStore/file/TEN01_writes_stay", []string{"SQLite"}},
		{"store/sqlite", "TestStore/file/TEN01_reads_stay", []string{"SQLite"}},
		{"store/memory", "TestStore/TEN01_writes_stay", []string{"memory"}},
		{"httpx", "TestJSON/UPL08_and_UPL09_all_at_once", nil},
		{"sniff", "TestContradictsUPL07", nil},
		{"e2e", "TestVolumeCRA01Killed/sqlite", []string{"SQLite"}},
		{"seal", "TestSHA256OfURL10/NOPE-99", nil},
	} {
		table.Passed(test.pkg, test.name, test.backends)
	}
	return table
}

func TestTable(t *testing.T) {
	t.Parallel()
	text, err := filled(t).Markdown(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	id := ""
	for line := range strings.Lines(text) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			id = strings.TrimSpace(heading)
		} else if test, ok := strings.CutPrefix(line, "- "); ok {
			got = append(got, id+" "+strings.TrimSpace(test))
		} else if backends, ok := strings.CutPrefix(line, "Ran on: "); ok {
			got = append(got, id+" on "+strings.TrimSpace(backends))
		}
	}
	want := []string{
		"TEN-01 `store/memory.TestStore`: TEN01 writes stay",
		"TEN-01 `store/sqlite.TestStore`: 2 subtests",
		"TEN-01 on SQLite, memory.",
		"UPL-07 `sniff.TestContradictsUPL07`",
		"UPL-08 `httpx.TestJSON`: UPL08 and UPL09 all at once",
		"UPL-09 `httpx.TestJSON`: UPL08 and UPL09 all at once",
		"CRA-01 `e2e.TestVolumeCRA01Killed`",
		"CRA-01 on SQLite.",
		"LIM-02 `httpx.TestLIM02Bulk`",
		"LIM-02 on SQLite, memory.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines with tests (-want +got):\n%s", diff)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	full := filled(t)
	missing := full.Missing("")
	for _, id := range []string{"TEN-01", "CRA-01", "UPL-09"} {
		if slices.Contains(missing, id) {
			t.Errorf("%s has a test and is missing", id)
		}
	}
	if !slices.Contains(missing, "TEN-02") {
		t.Error("TEN-02 has neither test nor reason and is not missing")
	}
	rows := []Row{
		{"EXP-01", "exports", "P0", "x", "later"},
		{"CLK-02", "clocks", "P2", "x", "later"},
		{"EXP-02", "exports", "P0", "x", "later"},
		{"EXP-03", "exports", "P1", "x", "later"},
	}
	earlier, empty := newTable(rows), newTable(rows)
	for _, test := range []string{"TestEXP01", "TestCLK02", "TestStore/EXP03"} {
		earlier.Passed("export", test, nil)
	}
	before, err := earlier.Markdown(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if got := empty.Missing(before); !slices.Equal(got, []string{"EXP-01", "EXP-03"}) {
		t.Errorf("lost: %v, want EXP-01 and EXP-03", got)
	}
}
