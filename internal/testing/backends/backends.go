package assets_test

import (
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// backend is one pair of store and blobs that every promise of the Library is
// shown on.
type backend struct {
	name string
	open func(t testing.TB) assets.Config // fresh, closed by t.Cleanup
}

// backends is the one table of them. The model and the races relax syncing for
// speed; durable says which entries keep it.
func backends() []backend {
	return []backend{
		{"memory", func(testing.TB) assets.Config {
			return config(memory.New(), blob.NewMemory())
		}},
		{"sqlite", func(t testing.TB) assets.Config {
			t.Helper()
			return config(openSQLite(t, store.Options{Relaxed: true}), blob.NewMemory())
		}},
		{"postgres", func(t testing.TB) assets.Config { // skips without a server
			t.Helper()
			return config(openPostgres(t), blob.NewMemory())
		}},
	}
}

// durable is the embedded default as it is shipped: full syncing, real files.
func durable() backend {
	return backend{"sqlite-full-sync", func(t testing.TB) assets.Config {
		t.Helper()
		dir, err := blob.OpenDir(filepath.Join(t.TempDir(), "content"))
		if err != nil {
			t.Fatal(err)
		}
		return config(openSQLite(t, store.Options{}), dir)
	}}
}

func openSQLite(t testing.TB, opts store.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openPostgres(t testing.TB) *postgres.Store {
	t.Helper()
	url := pgtest.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func config(s assets.Store, b assets.Blobs) assets.Config {
	return assets.Config{Store: s, Blobs: b, Versioner: versioning.Linear{}, Approver: approval.Policy{}}
}

// library makes a Library or ends the test.
func library(t testing.TB, cfg assets.Config) *assets.Library {
	t.Helper()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// eachBackend runs a test in parallel on every back end.
func eachBackend(t *testing.T, test func(t *testing.T, cfg assets.Config)) {
	t.Helper()
	t.Parallel()
	for _, b := range backends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			test(t, b.open(t))
		})
	}
}
