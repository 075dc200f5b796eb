package reliability

import (
	"slices"
	"testing"
)

func TestRowsAreWellFormed(t *testing.T) {
	t.Parallel()
	rows, err := Rows()
	if err != nil || len(rows) < 100 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, bad := range []string{
		"CRA: crashes\nCRA-01 | P0", "CRA: crashes\nCRA-01 | P3 | x", "CRA: crashes\nCRA-01 | P0 | x\nCRA-01 | P0 | y",
		"CRA-01 | P0 | x", "CRA: crashes\nTEN-01 | P0 | x", "CRA:\nCRA-01 | P0 | x",
	} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestParseRow(t *testing.T) {
	t.Parallel()
	rows, err := parse("# a comment\n\nCRA: crashes\nCRA-01 | P0 | SIGKILL\nCRA-02 | P2 | a power cut | no hardware\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{"CRA-01", "crashes", "P0", "SIGKILL", ""}, {"CRA-02", "crashes", "P2", "a power cut", "no hardware"}}
	if !slices.Equal(rows, want) {
		t.Errorf("got %v, want %v", rows, want)
	}
}
