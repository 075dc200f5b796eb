package httpx_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// database is everything that a host keeps in one database.
type database = backends.Database

// option changes what a world is made of.
type option = func(*assets.Config, *httpx.Options)

// on puts a world's rows into db.
func on(db database) option { return func(c *assets.Config, _ *httpx.Options) { c.Store = db } }

// eachBackend runs a test in parallel on every database.
func eachBackend(t *testing.T, test func(t *testing.T, db database)) {
	t.Helper()
	backends.EachDatabase(t, test)
}
