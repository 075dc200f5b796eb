package sqlite_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// TestEveryConnectionIsDurable checks the settings on which durability depends.
func TestEveryConnectionIsDurable(t *testing.T) {
	t.Parallel()
	db := openFile(t).DB()
	conns := make([]bun.Conn, db.Stats().MaxOpenConnections) // all open at once, so that all differ
	for i := range conns {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		conns[i] = conn
	}
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
	} {
		for i, conn := range conns {
			var got string
			if err := conn.NewRaw("PRAGMA ?", bun.Safe(pragma)).Scan(t.Context(), &got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("connection %d: %s is %s, want %s", i, pragma, got, want)
			}
		}
	}
}

// TestOpenExistingHOS12: OpenExisting creates no file and changes no schema.
func TestOpenExistingHOS12(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assets.db")
	if _, err := sqlite.OpenExisting(t.Context(), path, store.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v, want ErrNotExist", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.OpenExisting(t.Context(), path, store.Options{}); !errors.Is(err, store.ErrNoSchema) {
		t.Errorf("an empty file: %v, want ErrNoSchema", err)
	}
	if tables := sqltest.Tables(t, openPool(t, path)); len(tables) != 0 {
		t.Errorf("it made tables %v", tables)
	}
	first := openPath(t, path, store.Options{})
	sqltest.MustPut(t, first, 0)
	again, err := sqlite.OpenExisting(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sqltest.CheckStored(t, again, 1, 0)
	if _, err := again.DB().ExecContext(t.Context(), "DELETE FROM asset_schema WHERE version > 1"); err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := sqlite.OpenExisting(t.Context(), path, store.Options{}); !errors.Is(err, store.ErrSchema) || errors.Is(err, store.ErrNoSchema) {
		t.Errorf("an older schema: %v, want ErrSchema", err)
	}
}

func TestNewRefusesWhatIsNotDurable(t *testing.T) {
	t.Parallel()
	for _, pragmas := range []string{
		"", "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)", "?_pragma=journal_mode(DELETE)&_pragma=synchronous(FULL)",
	} {
		db := openPool(t, filepath.Join(t.TempDir(), "assets.db")+pragmas)
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if _, err := store.New(db, store.Options{}); err == nil || !strings.Contains(err.Error(), "synchronous") {
			t.Errorf("%q: %v, want an error that names the pragmas", pragmas, err)
		}
		if _, err := store.New(db, store.Options{Relaxed: true}); err != nil {
			t.Errorf("%q, relaxed: %v", pragmas, err)
		}
	}
}

// TestPoolOfTheHost checks that a store needs no settings in the DSN but those that
// make it durable.
func TestPoolOfTheHost(t *testing.T) {
	t.Parallel()
	for _, extra := range []string{"", "&_txlock=immediate", "&_txlock=exclusive"} {
		t.Run("dsn"+extra, func(t *testing.T) {
			t.Parallel()
			db := openPool(t, filepath.Join(t.TempDir(), "assets.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+extra)
			if err := store.Migrate(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() { // each with a store of its own, like processes
					st, err := store.New(db, store.Options{})
					if err == nil {
						err = sqltest.Put(t.Context(), st, i)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func openPool(t *testing.T, dsn string) *bun.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := bun.NewDB(pool, sqlitedialect.New())
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestMemoryIsOneDatabaseDBF11(t *testing.T) {
	t.Parallel()
	st, stranger := openMemory(t), openMemory(t)
	st.DB().SetMaxIdleConns(-1) // closes each connection after its use
	st.DB().SetConnMaxLifetime(time.Nanosecond)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := sqltest.Put(t.Context(), st, i); err != nil {
				t.Error(err)
			}
			if _, err := st.Asset(t.Context(), "w", sqltest.NewAsset(i).ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if open := st.DB().Stats().OpenConnections; open != 0 {
		t.Errorf("%d connections are open: the test shows nothing", open)
	}
	list, err := st.Assets(t.Context(), "w", assets.Filter{}, assets.Window{Limit: 50})
	if err != nil || len(list) != 20 {
		t.Errorf("%d assets, %v; want 20", len(list), err)
	}
	sqltest.CheckStored(t, stranger, 20)
}
