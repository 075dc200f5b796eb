package store_test

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

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// migratePath is the environment variable that makes this test binary migrate a
// database, the URL of PostgreSQL or the path of a file, and exit: another process.
const migratePath = "ASSETS_TEST_MIGRATE"

func TestMain(m *testing.M) {
	path := os.Getenv(migratePath)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := migratePathOrURL(context.Background(), path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func migratePathOrURL(ctx context.Context, path string) error {
	if os.Getenv(newerVariable) != "" {
		return migrateAsNewer(ctx, path)
	}
	if strings.HasPrefix(path, "postgres://") {
		return postgres.Migrate(ctx, path)
	}
	st, err := sqlite.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	return st.Close()
}

// migrateInChild returns a process that migrates a database.
func migrateInChild(ctx context.Context, path string) *exec.Cmd {
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), migratePath+"="+path)
	return child
}

func TestMigrateRefusesForeignTablesMIG01(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *bun.DB) {
		for _, table := range []string{"asset_meta", "asset_reviews", "asset_keys", "asset_schema"} { // first … last
			if _, err := db.ExecContext(t.Context(), "CREATE TABLE ? (mine TEXT)", bun.Ident(table)); err != nil {
				t.Fatal(err)
			}
			if err := store.Migrate(t.Context(), db); err == nil || !strings.Contains(err.Error(), "store: ") {
				t.Errorf("%s: %v, want an error", table, err)
			}
			if got := sqltest.Tables(t, db); len(got) != 1 || got[0] != table {
				t.Errorf("%s: tables %v were created", table, got)
			}
			if _, err := db.ExecContext(t.Context(), "DROP TABLE ?", bun.Ident(table)); err != nil {
				t.Fatal(err)
			}
		}
		sqltest.CheckMigrates(t, db)
	})
}

func TestOtherSchemasAreRefusedMIG02(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *bun.DB) {
		if _, err := store.New(db, store.Options{Relaxed: true}); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "Migrate") {
			t.Errorf("an empty database: %v, want ErrSchema that names Migrate", err)
		}
		if got := sqltest.Tables(t, db); len(got) != 0 {
			t.Errorf("New created tables %v", got)
		}
		sqltest.CheckMigrates(t, db)
		if _, err := db.ExecContext(t.Context(), "INSERT INTO asset_schema VALUES (99, 0)"); err != nil {
			t.Fatal(err)
		}
		_, err := store.New(db, store.Options{Relaxed: true})
		for _, err := range []error{err, store.Migrate(t.Context(), db)} {
			if !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "99") {
				t.Errorf("a newer schema: %v, want ErrSchema with the number", err)
			}
		}
	})
}

// TestMigrationsAreNumbered checks that both engines have the same migrations.
func TestMigrationsAreNumbered(t *testing.T) {
	t.Parallel()
	sqliteFiles, err := fs.Glob(store.Migrations(), "sqlite/*.sql")
	if err != nil || len(sqliteFiles) == 0 {
		t.Fatalf("%v, %v", sqliteFiles, err)
	}
	for i, file := range sqliteFiles {
		if name := filepath.Base(file); !strings.HasPrefix(name, fmt.Sprintf("%04d_", i+1)) {
			t.Errorf("%s is not number %d", file, i+1)
		} else if _, err := fs.Stat(store.Migrations(), "postgres/"+name); err != nil {
			t.Error(err)
		}
	}
	postgresFiles, err := fs.Glob(store.Migrations(), "postgres/*.sql")
	if err != nil || len(postgresFiles) != len(sqliteFiles) {
		t.Errorf("%d files for Postgres, %d for SQLite; %v", len(postgresFiles), len(sqliteFiles), err)
	}
}

// TestMigrateInProcessesAtOnceMIG02 checks that of ten processes one applies the
// migrations, also when pgbouncer lets only three of them in at a time.
func TestMigrateInProcessesAtOnceMIG02(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "assets.db")
		migrateTenTimes(t, path)
		st, err := sqlite.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		checkMigratedOnce(t, st.Store, "sqlite")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		for name, way := range map[string]func(url string) string{
			"directly":  func(url string) string { return url },
			"pgbouncer": func(url string) string { return pgtest.Pooled(t, url) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				url := pgtest.Database(t)
				migrateTenTimes(t, way(url))
				st, err := postgres.Open(t.Context(), url, store.Options{Relaxed: true})
				if err != nil {
					t.Fatal(err)
				}
				closed(t, st.Close)
				const locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'" +
					" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
				if n := pgtest.Count(t, url, locks); n != 0 {
					t.Errorf("%d locks are left", n)
				}
				checkMigratedOnce(t, st.Store, "postgres")
			})
		}
	})
}

// migrateTenTimes migrates a database in ten processes at once.
func migrateTenTimes(t *testing.T, path string) {
	t.Helper()
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if out, err := migrateInChild(t.Context(), path).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
}

func checkMigratedOnce(t *testing.T, st *store.Store, engine string) {
	t.Helper()
	var applied, ids int
	if err := st.DB().NewRaw("SELECT count(*), (SELECT count(*) FROM asset_meta) FROM asset_schema").Scan(t.Context(), &applied, &ids); err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(store.Migrations(), engine+"/*.sql")
	if err != nil || applied != len(files) || ids != 1 {
		t.Errorf("%d migrations applied, want %d (%v); %d meta rows", applied, len(files), err, ids)
	}
	sqltest.MustPut(t, st, 0) // no lock is left
}

// TestMigrateIsKilledMIG01 kills processes that migrate a file: it has the whole
// schema or none, and the next migration completes it.
func TestMigrateIsKilledMIG01(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Run("sqlite", testMigrateIsKilled)
}

func testMigrateIsKilled(t *testing.T) {
	t.Parallel()
	all := len(sqltest.Tables(t, openSQLite(t, store.Options{Relaxed: true}).DB()))
	for i := range 8 {
		path := filepath.Join(t.TempDir(), "assets.db")
		child := migrateInChild(t.Context(), path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for { // until it has begun, and then a little longer in each round
			if _, err := os.Stat(path); err == nil || t.Context().Err() != nil {
				break
			}
			runtime.Gosched()
		}
		<-time.After(time.Duration(i) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
		db := sqliteAt(t, path)
		if n := len(sqltest.Tables(t, db)); n != 0 && n != all {
			t.Errorf("killed after %d ms: %d tables, want all or none", i, n)
		}
		if err := migratePathOrURL(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		st, err := store.New(db, store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		sqltest.MustPut(t, st, 0)
	}
}
