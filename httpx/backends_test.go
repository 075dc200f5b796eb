package httpx_test

import (
	"path/filepath"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// database is everything that a host keeps in one: rows, journal, keys,
// exports.
type database interface {
	assets.Store
	assets.Journal
	apikey.Store
	blob.Ledger
	export.Store
}

// option changes what a world is made of.
type option = func(*assets.Config, *httpx.Options)

// on puts a world's rows into db.
func on(db database) option { return func(c *assets.Config, _ *httpx.Options) { c.Store = db } }

// backends is the one table of databases that the routes are shown on.
var backends = []struct {
	name string
	open func(t testing.TB) database // fresh, closed by t.Cleanup
}{
	{"memory", func(testing.TB) database { return memory.New() }},
	{"sqlite", func(t testing.TB) database {
		t.Helper()
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assets.db"), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}},
	{"postgres", func(t testing.TB) database { // skips without a server
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
	}},
}

// eachBackend runs a test in parallel on every database.
func eachBackend(t *testing.T, test func(t *testing.T, db database)) {
	t.Helper()
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			test(t, b.open(t))
		})
	}
}
