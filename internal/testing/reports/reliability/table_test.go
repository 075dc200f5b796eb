package reliability

import (
	"slices"
	"strings"
	"testing"

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
	var got []string
	for line := range strings.Lines(filled(t).Markdown()) {
		if strings.Contains(line, ".Test") {
			cells := strings.Split(strings.TrimSpace(line), " | ")
			got = append(got, cells[0][2:]+" "+cells[3]+" on "+strings.Trim(cells[4], " |"))
		}
	}
	want := []string{
		"TEN-01 `store/memory.TestStore` TEN01 writes stay<br>`store/sqlite.TestStore` 2 subtests on SQLite, memory",
		"UPL-07 `sniff.TestContradictsUPL07` on ",
		"UPL-08 `httpx.TestJSON` UPL08 and UPL09 all at once on ",
		"UPL-09 `httpx.TestJSON` UPL08 and UPL09 all at once on ",
		"CRA-01 `e2e.TestVolumeCRA01Killed` on SQLite",
		"LIM-02 `httpx.TestLIM02Bulk` on SQLite, memory",
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
	empty := &Table{rows: []Row{{"EXP-01", "P0", "x", "later"}, {"CLK-02", "P2", "x", "later"}, {"EXP-02", "P0", "x", "later"}}}
	before := "| EXP-01 | P0 | x | `export.TestEXP01` | |\n| CLK-02 | P2 | x | `a.TestCLK02` | |\n| EXP-02 | P0 | x | none: later | |\n"
	if got := empty.Missing(before); !slices.Equal(got, []string{"EXP-01"}) {
		t.Errorf("lost: %v, want EXP-01 alone", got)
	}
}

func TestRowsAreWellFormed(t *testing.T) {
	t.Parallel()
	rows, err := Rows()
	if err != nil || len(rows) < 100 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, bad := range []string{"CRA-01 | P0", "CRA-01 | P3 | x", "CRA-01 | P0 | x\nCRA-01 | P0 | y"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
