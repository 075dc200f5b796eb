package sqltest

import (
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// Tables returns the names of the tables of db that begin with asset, in order.
func Tables(t testing.TB, db *bun.DB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'asset%' ORDER BY name"
	if isPostgres(db) {
		query = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'asset%' ORDER BY table_name"
	}
	return texts(t, db, query)
}

// columns returns the columns of a table in their order.
func columns(t testing.TB, db *bun.DB, table string) []string {
	t.Helper()
	query := "SELECT name FROM pragma_table_info(?)"
	if isPostgres(db) {
		query = "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 ORDER BY attnum"
	}
	return texts(t, db, query, table)
}

func texts(t testing.TB, db *bun.DB, query string, args ...any) (list []string) {
	t.Helper()
	if err := db.NewRaw(query, args...).Scan(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func isPostgres(db *bun.DB) bool { return db.Dialect().Name() == dialect.PG }
