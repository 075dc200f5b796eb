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
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/internal/testing/pgtest"
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

// TestMIG02ProcessesAtOnce: one of ten processes applies the migrations, also
// where pgbouncer lets three of them in at a time.
func TestMIG02ProcessesAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("directly", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Database(t)
		migratesOnce(t, url, url)
	})
	t.Run("pgbouncer", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Database(t)
		migratesOnce(t, url, pgtest.Pooled(t, url))
	})
}

// migratesOnce has ten processes migrate the empty database at url by the way
// via.
func migratesOnce(t *testing.T, url, via string) {
	t.Helper()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), childURL+"="+via)
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

// TestMIG01Cut ends the connection of a migration that is at work, as the death
// of its process or of the server does: the old schema stays, or the new one is
// whole, and the next try completes it.
func TestMIG01Cut(t *testing.T) {
	t.Parallel()
	all, cut := len(tables(t, pool(t, migrated(t)))), 0
	for i := range 8 {
		url := pgtest.Database(t)
		watcher := pool(t, url)
		watcher.SetMaxOpenConns(1)
		ctx, stop := context.WithCancel(t.Context())
		watched := make(chan error)
		go func() { watched <- endAtWork(ctx, watcher, time.Duration(i)*3*time.Millisecond) }()
		err := postgres.Migrate(t.Context(), url)
		stop()
		if err := <-watched; err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		n := len(tables(t, pool(t, url)))
		if n != 0 && n != all || err == nil && n != all {
			t.Errorf("cut after %d ms: %d tables, want all %d or none; %v", 3*i, n, all, err)
		}
		if err != nil {
			cut++
		}
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatalf("the next try: %v", err)
		}
		mustPut(t, openURL(t, url, store.Options{Relaxed: true}), 0)
	}
	if cut == 0 {
		t.Error("no migration was cut: nothing is shown")
	}
}

// endAtWork waits until another connection to the database is at work, then a
// little more, and ends it.
func endAtWork(ctx context.Context, db *bun.DB, later time.Duration) error {
	for {
		var pids []int
		err := db.NewRaw("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"+
			" AND pid <> pg_backend_pid() AND backend_type = 'client backend'").Scan(ctx, &pids)
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			continue
		}
		<-time.After(later)
		_, err = db.ExecContext(ctx, "SELECT pg_terminate_backend(?)", pids[0])
		return err
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
