package sqltest

import (
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets/store"
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

// CheckMigrates checks that Migrate brings the schema up to date, also when it runs
// again.
func CheckMigrates(t testing.TB, db *bun.DB) {
	t.Helper()
	for range 2 {
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.New(db, store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	if id, _, err := st.State(t.Context()); err != nil || len(id) < 26 {
		t.Errorf("store id %q, %v", id, err)
	}
}

// HostTable creates a table of the host: campaigns, with a name that is not null.
func HostTable(t testing.TB, db *bun.DB) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE campaigns (name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
}

// HostRows returns the number of rows of the host's table.
func HostRows(t testing.TB, db *bun.DB) (n int) {
	t.Helper()
	if err := db.NewRaw("SELECT count(*) FROM campaigns").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
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
