package sqltest

import (
	"crypto/rand"
	"testing"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store/postgres"
)

// Postgres returns the URL of a fresh PostgreSQL database with the schema. It is a copy
// of a template that is migrated once, with a store id of its own. Without a server
// the test is skipped or fails, as with [pgtest.Database].
func Postgres(t testing.TB) string {
	t.Helper()
	url := pgtest.Migrated(t, postgres.Migrate)
	pgtest.Exec(t, url, "UPDATE asset_meta SET value = '"+rand.Text()+"' WHERE name = 'store_id'")
	return url
}
