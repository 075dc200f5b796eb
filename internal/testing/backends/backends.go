// Package backends opens the back ends that tests run on: a fresh database and
// a fresh store of content for each test, closed when the test ends.
//
// The one rule to know: the name of a back end is an element of the test's
// name, as Each makes it. The report of a test run counts by it how many tests
// ran on which back end.
package backends

import (
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
	"github.com/10ex/assets/versioning"
)

// Database is everything that a host keeps in one database: rows, journal, followers, API
// keys, exports, and the ledger of a sweep.
type Database interface {
	assets.Store
	assets.Journal
	assets.Followers
	apikey.Store
	blob.Ledger
	export.Store
}

// Backend is a database with a store of content.
type Backend struct {
	Name  string
	open  func(t testing.TB) Database
	blobs func(t testing.TB) assets.Blobs
}

// All returns the back ends on which every promise of the Library is tested.
// Their content is in memory, and the databases do not sync: the tests are
// about behaviour. PostgreSQL skips the test when there is no server.
func All() []Backend {
	inMemory := func(testing.TB) assets.Blobs { return blob.NewMemory() }
	return []Backend{
		Memory(),
		{"sqlite", func(t testing.TB) Database { t.Helper(); return SQLite(t, store.Options{Relaxed: true}) }, inMemory},
		{"postgres", func(t testing.TB) Database { t.Helper(); return Postgres(t) }, inMemory},
	}
}

// Memory returns the back end that keeps rows and content in memory.
func Memory() Backend {
	return Backend{
		"memory",
		func(testing.TB) Database { return memory.New() },
		func(testing.TB) assets.Blobs { return blob.NewMemory() },
	}
}

// FullSync returns the embedded default as it is shipped: SQLite with full
// syncing, and content in files.
func FullSync() Backend {
	return Backend{
		"sqlite-full-sync",
		func(t testing.TB) Database { t.Helper(); return SQLite(t, store.Options{}) },
		func(t testing.TB) assets.Blobs {
			t.Helper()
			dir, err := blob.OpenDir(filepath.Join(t.TempDir(), "content"))
			if err != nil {
				t.Fatal(err)
			}
			return dir
		},
	}
}

// Database opens a fresh database of the back end.
func (b Backend) Database(t testing.TB) Database {
	t.Helper()
	return b.open(t)
}

// Config opens the back end afresh and returns the configuration of a Library
// on it, with the default policies.
func (b Backend) Config(t testing.TB) assets.Config {
	t.Helper()
	return Config(b.open(t), b.blobs(t))
}

// Each runs a test in parallel on every back end of All, each in a subtest of
// the back end's name.
func Each(t *testing.T, test func(t *testing.T, cfg assets.Config)) {
	t.Helper()
	t.Parallel()
	for _, b := range All() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			test(t, b.Config(t))
		})
	}
}

// EachSize is Each, once with all contents in Blobs and once with small ones in the
// database.
func EachSize(t *testing.T, test func(t *testing.T, cfg assets.Config)) {
	t.Helper()
	t.Parallel()
	for _, b := range All() {
		for name, size := range Sizes() {
			t.Run(b.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				cfg := b.Config(t)
				cfg.SmallContents = size
				test(t, cfg)
			})
		}
	}
}

// Sizes returns two values of Config.SmallContents, by where small contents then are.
func Sizes() map[string]int64 {
	return map[string]int64{"in_blobs": 0, "in_database": assets.MaxSmallContents}
}

// EachDatabase is Each for tests that configure the Library themselves.
func EachDatabase(t *testing.T, test func(t *testing.T, db Database)) {
	t.Helper()
	t.Parallel()
	for _, b := range All() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			test(t, b.Database(t))
		})
	}
}

// Config returns a configuration with the default policies.
func Config(s assets.Store, b assets.Blobs) assets.Config {
	return assets.Config{Store: s, Blobs: b, Versioner: versioning.Linear{}, Approver: approval.Policy{}}
}

// Library makes a Library. An invalid configuration ends the test.
func Library(t testing.TB, cfg assets.Config) *assets.Library {
	t.Helper()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// SQLite opens a fresh database file with the schema.
func SQLite(t testing.TB, opts store.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqltest.SQLite(t), opts)
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

// Postgres opens a fresh database with the schema, on a server that does not
// sync. Without a server the test is skipped, see sqltest.Postgres.
func Postgres(t testing.TB) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), sqltest.Postgres(t), store.Options{Relaxed: true})
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
