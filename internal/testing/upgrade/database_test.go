package upgrade_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// database is a copy of recorded data: a file, or a database of PostgreSQL.
type database struct{ engine, name string }

// restored makes a copy of recorded data.
func restored(t *testing.T, f recorded, engine string) database {
	t.Helper()
	if engine == "postgres" {
		d := database{engine, pgtest.Database(t)}
		dump, err := os.ReadFile(filepath.Join(f.folder, "assets.sql"))
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Script(t, d.name, string(dump))
		return d
	}
	d := database{engine, filepath.Join(t.TempDir(), "assets.db")}
	file, err := os.ReadFile(filepath.Join(f.folder, "assets.db"))
	if err == nil {
		err = os.WriteFile(d.name, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// raw opens the database without a store.
func (d database) raw(t *testing.T) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if d.engine == "postgres" {
		driver = "pgx"
	}
	db, err := sql.Open(driver, d.name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// migrateTo applies the migrations above one schema up to another, as a program with
// that schema did.
func (d database) migrateTo(t *testing.T, from, to int) {
	t.Helper()
	files, err := fs.Glob(store.Migrations(), d.engine+"/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for i, file := range files[from:to] {
		text, err := fs.ReadFile(store.Migrations(), file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, "%s;\nINSERT INTO asset_schema (version, applied_at) VALUES (%d, 0);\n", text, from+i+1)
	}
	if d.engine == "postgres" {
		pgtest.Script(t, d.name, script.String())
		return
	}
	if _, err := d.raw(t).ExecContext(t.Context(), script.String()); err != nil {
		t.Fatal(err)
	}
}

// openedStore is a store of either package.
type openedStore interface {
	backends.Database
	Close() error
}

// open migrates the database and opens it with the present program.
func (d database) open(t *testing.T) openedStore {
	t.Helper()
	st, err := d.migrateAndOpen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

func (d database) migrateAndOpen(ctx context.Context) (openedStore, error) {
	if d.engine == "sqlite" {
		return sqlite.Open(ctx, d.name, store.Options{})
	}
	if _, err := postgres.Open(ctx, d.name, store.Options{Relaxed: true}); err == nil {
		return nil, fmt.Errorf("an older schema was opened without a migration")
	}
	if err := postgres.Migrate(ctx, d.name); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, d.name, store.Options{Relaxed: true})
}
