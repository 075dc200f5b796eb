package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// eachDatabase runs a test in parallel with a fresh store on each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openSQLite(t, store.Options{}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openPostgres(t))
	})
}

// eachEmpty runs a test in parallel with each kind of database, without a schema.
func eachEmpty(t *testing.T, test func(t *testing.T, db *bun.DB)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, emptySQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, emptyPostgres(t))
	})
}

func openSQLite(t *testing.T, opts store.Options) *store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqltest.SQLite(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, st.Close)
	return st.Store
}

func openPostgres(t *testing.T) *store.Store { // skips without a server
	t.Helper()
	st, err := postgres.Open(t.Context(), sqltest.Postgres(t), store.Options{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, st.Close)
	return st.Store
}

// emptySQLite opens a database as a host does that does not use store/sqlite.
func emptySQLite(t *testing.T) *bun.DB {
	t.Helper()
	return sqliteAt(t, filepath.Join(t.TempDir(), "assets.db"))
}

func sqliteAt(t *testing.T, path string) *bun.DB {
	t.Helper()
	return hostDB(t, path)
}

// emptyPostgres opens a database as a host does that does not use store/postgres.
func emptyPostgres(t *testing.T) *bun.DB {
	t.Helper()
	return hostDB(t, pgtest.Database(t))
}

func hostDB(t *testing.T, path string) *bun.DB {
	t.Helper()
	db, err := openPathOrURL(path)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, db.Close)
	return db
}

// openPathOrURL opens a file, or the database of a URL of Postgres.
func openPathOrURL(path string) (*bun.DB, error) {
	if !strings.HasPrefix(path, "postgres://") {
		pool, err := sql.Open("sqlite", path)
		return bun.NewDB(pool, sqlitedialect.New()), err
	}
	config, err := pgx.ParseConfig(path)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return bun.NewDB(stdlib.OpenDB(*config), pgdialect.New()), nil
}

// closed closes what a test has opened when it ends.
func closed(t *testing.T, end func() error) {
	t.Helper()
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}
