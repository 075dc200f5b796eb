package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// openFile opens a fresh database file with full syncing.
func openFile(t *testing.T) *sqlite.Store {
	t.Helper()
	return openPath(t, filepath.Join(t.TempDir(), "assets.db"), store.Options{})
}

// openRelaxed opens a fresh database file without syncing.
func openRelaxed(t *testing.T) *sqlite.Store {
	t.Helper()
	return openPath(t, filepath.Join(t.TempDir(), "assets.db"), store.Options{Relaxed: true})
}

func openMemory(t *testing.T) *sqlite.Store {
	t.Helper()
	return openPath(t, sqlite.InMemory, store.Options{})
}

func openPath(t testing.TB, path string, opts store.Options) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// hostTable creates a table of the host.
func hostTable(t *testing.T, db *bun.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE campaigns (name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
}

// campaigns returns the number of rows of the host's table.
func campaigns(t *testing.T, db *bun.DB) int {
	t.Helper()
	var n int
	if err := db.NewRaw("SELECT count(*) FROM campaigns").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}
