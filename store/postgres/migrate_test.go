package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/internal/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// childURL names the environment variable that makes this test binary migrate a
// database and end: another process.
const childURL = "ASSETS_TEST_MIGRATE"

func TestMain(m *testing.M) {
	url := os.Getenv(childURL)
	if url == "" {
		os.Exit(m.Run())
	}
	if err := postgres.Migrate(context.Background(), url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestMIG02ProcessesAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childURL+"="+url)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	st := openURL(t, url, store.Options{Relaxed: true})
	var applied, ids, locks int
	err := st.DB().NewRaw("SELECT count(*), (SELECT count(*) FROM asset_meta), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"+
		" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) FROM asset_schema").Scan(t.Context(), &applied, &ids, &locks)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(store.Migrations(), "postgres/*.sql")
	if err != nil || applied != len(files) || ids != 1 || locks != 0 {
		t.Errorf("%d migrations applied, want %d (%v); %d meta rows; %d locks", applied, len(files), err, ids, locks)
	}
	mustPut(t, st, 0)
}

func TestMIG02OtherSchemas(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	_, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
	if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "Migrate") {
		t.Errorf("an empty database: %v, want ErrSchema that names Migrate", err)
	}
	db := pool(t, url)
	if got := tables(t, db); len(got) != 0 {
		t.Errorf("Open made tables %v", got)
	}
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO asset_schema VALUES (99, 0)"); err != nil {
		t.Fatal(err)
	}
	_, err = postgres.Open(t.Context(), url, store.Options{Relaxed: true})
	for _, err := range []error{err, postgres.Migrate(t.Context(), url)} {
		if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "99") {
			t.Errorf("a newer schema: %v, want ErrSchema with the number", err)
		}
	}
}

func TestMIG01ForeignTableFailsTheWhole(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := pool(t, url)
	for _, table := range []string{"asset_meta", "asset_reviews", "asset_keys", "asset_schema"} { // first … last
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE ? (mine TEXT)", bun.Ident(table)); err != nil {
			t.Fatal(err)
		}
		if err := postgres.Migrate(t.Context(), url); err == nil || !strings.Contains(err.Error(), "store: ") {
			t.Errorf("%s: %v, want a refusal", table, err)
		}
		if got := tables(t, db); len(got) != 1 || got[0] != table {
			t.Errorf("%s: tables %v were made", table, got)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TABLE ?", bun.Ident(table)); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
}

// tables answers the tables whose names are the library's.
func tables(t *testing.T, db *bun.DB) []string {
	t.Helper()
	var names []string
	err := db.NewRaw("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'asset%' ORDER BY table_name").Scan(t.Context(), &names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
