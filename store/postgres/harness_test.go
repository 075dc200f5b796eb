package postgres_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// openFresh opens a fresh database on a server without syncs.
func openFresh(t *testing.T) *postgres.Store {
	t.Helper()
	return openURL(t, migrated(t), store.Options{Relaxed: true})
}

// migrated answers the URL of a fresh database with the schema.
func migrated(t *testing.T) string {
	t.Helper()
	url := pgtest.Database(t)
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	return url
}

func openURL(t *testing.T, url string, opts store.Options) *postgres.Store {
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

// pool is a database of the host's own, opened without store/postgres.
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

func unavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("got error %v, want ErrUnavailable", err)
	}
}
