package sqlite_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// openFile opens a fresh database file with full syncing.
func openFile(t *testing.T) *sqlite.Store {
	t.Helper()
	return openPath(t, sqltest.SQLite(t), store.Options{})
}

// openRelaxed opens a fresh database file without syncing.
func openRelaxed(t *testing.T) *sqlite.Store {
	t.Helper()
	return openPath(t, sqltest.SQLite(t), store.Options{Relaxed: true})
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
