package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// openFresh opens a fresh database on a server that does not sync.
func openFresh(t *testing.T) *postgres.Store {
	t.Helper()
	return openURL(t, migrated(t), store.Options{Relaxed: true})
}

// migrated returns the URL of a fresh database with the schema.
func migrated(t testing.TB) string {
	t.Helper()
	return sqltest.Postgres(t)
}

func openURL(t testing.TB, url string, opts store.Options) *postgres.Store {
	t.Helper()
	st, err := postgres.Open(t.Context(), url, opts)
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

// pool opens a database as a host does that does not use store/postgres.
func pool(t *testing.T, url string) *bun.DB {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	db := bun.NewDB(stdlib.OpenDB(*config), pgdialect.New())
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
