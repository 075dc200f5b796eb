package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// childPath names the environment variable that makes this test binary open a
// database and end: another process.
const childPath = "ASSETS_TEST_OPEN"

func TestMain(m *testing.M) {
	path := os.Getenv(childPath)
	if path == "" {
		os.Exit(m.Run())
	}
	st, err := sqlite.Open(context.Background(), path, store.Options{})
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// openInChild prepares a process that opens the database at path.
func openInChild(ctx context.Context, path string) *exec.Cmd {
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	return child
}

// tables answers the tables whose names are the library's.
func tables(t *testing.T, db *bun.DB) []string {
	t.Helper()
	var names []string
	err := db.NewRaw("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'asset%' ORDER BY name").Scan(t.Context(), &names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMIG01ForeignTableFailsTheWhole(t *testing.T) {
	t.Parallel()
	db := openPool(t, filepath.Join(t.TempDir(), "assets.db"))
	for _, table := range []string{"asset_meta", "asset_reviews", "asset_keys", "asset_schema"} { // first … last
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE ? (mine TEXT)", bun.Ident(table)); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context(), db); err == nil || !strings.Contains(err.Error(), "store: ") {
			t.Errorf("%s: %v, want a refusal", table, err)
		}
		if got := tables(t, db); len(got) != 1 || got[0] != table {
			t.Errorf("%s: tables %v were made", table, got)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TABLE ?", bun.Ident(table)); err != nil {
			t.Fatal(err)
		}
	}
	migrates(t, db)
}

func TestMIG01DiskFull(t *testing.T) {
	t.Parallel()
	db := openPool(t, filepath.Join(t.TempDir(), "assets.db"))
	hostTable(t, db)
	fillDisk(t, db)
	for _, pages := range []int{1, 2, 4, 8, 16} { // ever further
		limitPages(t, db, pages)
		unavailable(t, store.Migrate(t.Context(), db))
		if got := tables(t, db); len(got) != 0 {
			t.Errorf("with %d pages, tables %v were made", pages, got)
		}
	}
	limitPages(t, db, 1<<30)
	migrates(t, db)
	campaigns(t, db)
}

func TestMIG01Killed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	all := len(tables(t, openQuick(t).DB()))
	for i := range 8 {
		path := filepath.Join(t.TempDir(), "assets.db")
		child := openInChild(t.Context(), path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for { // until it is at work, then a little more with each round
			if _, err := os.Stat(path); err == nil || t.Context().Err() != nil {
				break
			}
			runtime.Gosched()
		}
		<-time.After(time.Duration(i) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
		db := openPool(t, path)
		if n := len(tables(t, db)); n != 0 && n != all {
			t.Errorf("killed after %d ms: %d tables, want all or none", i, n)
		}
		mustPut(t, openPath(t, path, store.Options{}), 0)
	}
}

func TestMIG02ProcessesAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if out, err := openInChild(t.Context(), path).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	st := openPath(t, path, store.Options{})
	var applied, ids int
	if err := st.DB().NewRaw("SELECT count(*), (SELECT count(*) FROM asset_meta) FROM asset_schema").Scan(t.Context(), &applied, &ids); err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(store.Migrations(), "sqlite/*.sql")
	if err != nil || applied != len(files) || ids != 1 {
		t.Errorf("%d migrations applied, want %d (%v); %d meta rows", applied, len(files), err, ids)
	}
	mustPut(t, st, 0) // no lock stayed
}

func TestMIG02OtherSchemas(t *testing.T) {
	t.Parallel()
	db := openPool(t, filepath.Join(t.TempDir(), "assets.db"))
	if _, err := store.New(db, store.Options{Relaxed: true}); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "Migrate") {
		t.Errorf("an empty database: %v, want ErrSchema that names Migrate", err)
	}
	if got := tables(t, db); len(got) != 0 {
		t.Errorf("New made tables %v", got)
	}
	migrates(t, db)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO asset_schema VALUES (99, 0)"); err != nil {
		t.Fatal(err)
	}
	_, err := store.New(db, store.Options{Relaxed: true})
	for _, err := range []error{err, store.Migrate(t.Context(), db)} {
		if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "99") {
			t.Errorf("a newer schema: %v, want ErrSchema with the number", err)
		}
	}
}

// migrates checks that the schema can be brought up to date, twice.
func migrates(t *testing.T, db *bun.DB) {
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
