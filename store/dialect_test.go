package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/10ex/assets/store"
)

// otherDialect is a dialect that the package does not support.
type otherDialect struct{ *sqlitedialect.Dialect }

func (otherDialect) Name() dialect.Name { return dialect.MySQL }

func TestOtherDialectsAreRefused(t *testing.T) {
	t.Parallel()
	pool, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db := bun.NewDB(pool, otherDialect{sqlitedialect.New()})
	closed(t, db.Close)
	_, err = store.New(db, store.Options{})
	for _, err := range []error{err, store.Migrate(t.Context(), db)} {
		if err == nil || !strings.Contains(err.Error(), "mysql") {
			t.Errorf("got %v, want an error that names the dialect", err)
		}
	}
}

// TestNewRefusesUnsuitableSettings sets what New checks of Postgres.
func TestNewRefusesUnsuitableSettings(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		db := emptyPostgres(t)
		db.SetMaxOpenConns(1) // so that the setting applies to every statement
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ setting, value, good string }{
			{"default_transaction_read_only", "on", "off"},
			{"client_encoding", "LATIN1", "UTF8"},
		} {
			execute(t, db, "SET "+c.setting+" = '"+c.value+"'")
			name := strings.TrimPrefix(c.setting, "default_")
			if _, err := store.New(db, store.Options{Relaxed: true}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s = %s: %v, want an error that names it", c.setting, c.value, err)
			}
			execute(t, db, "SET "+c.setting+" = '"+c.good+"'")
		}
		if _, err := store.New(db, store.Options{}); err == nil || !strings.Contains(err.Error(), "fsync") {
			t.Errorf("without Relaxed: %v, want an error that names fsync", err)
		}
	})
}
