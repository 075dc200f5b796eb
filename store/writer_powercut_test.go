package store_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// TestVolumePowerCutAtEachStepOfABatchCRA08 has a power cut at each step in which SQLite writes the
// log of a batch: the log ends there, or a page before has not arrived. Then no member of the
// batch is there, and when the whole log is, all are.
func TestVolumePowerCutAtEachStepOfABatchCRA08(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	made, err := sqlite.Open(t.Context(), path, store.Options{})
	if err == nil {
		err = made.Close() // moves the log of the migrations to the database
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, st.Close)
	var calls []func() error
	for i := range batchOf {
		calls = append(calls, putOf(t, st.Store, i))
	}
	for i, err := range together(t, st.Store, calls...) {
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if n := commits(t, path); n != 1 {
		t.Fatalf("%d commits", n)
	}
	database, log := readFile(t, path), readFile(t, path+"-wal")
	const header, frameHeader = 32, 24
	frame := frameHeader + int(binary.BigEndian.Uint32(log[8:]))
	for at := header; at < len(log); at += frame {
		for _, end := range []int{at, at + frame/2} {
			checkCut(t, fmt.Sprintf("the log ends at %d of %d", end, len(log)), database, log[:end], 0)
		}
		lost := slices.Clone(log)
		clear(lost[at : at+frame])
		checkCut(t, fmt.Sprintf("the page at %d is lost", at), database, lost, 0)
	}
	checkCut(t, "the whole log", database, log, batchOf)
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkCut opens a database with what is left of its log, and writes to it.
func checkCut(t *testing.T, name string, database, log []byte, want int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "assets.db")
	for file, content := range map[string][]byte{path: database, path + "-wal": log} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st, err := sqlite.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer func() { _ = st.Close() }()
	var n int
	if err := st.DB().NewRaw("SELECT count(*) FROM asset_perspectives").Scan(t.Context(), &n); err != nil || n != want {
		t.Errorf("%s: %d assets, %v; want %d", name, n, err, want)
	}
	if err := sqltest.Put(t.Context(), st, batchOf); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}
