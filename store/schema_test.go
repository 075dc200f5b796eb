package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
	"github.com/10ex/assets/store/sqlite"
)

// newerStatements are the migration of the newer program in these tests. It adds
// columns to what older programs read.
const newerStatements = "CREATE TABLE asset_newer (n INTEGER);" +
	" ALTER TABLE asset_perspectives ADD COLUMN newer TEXT; ALTER TABLE asset_versions ADD COLUMN newer TEXT;" +
	" ALTER TABLE asset_reviews ADD COLUMN newer TEXT; ALTER TABLE asset_events ADD COLUMN newer TEXT;" +
	" ALTER TABLE asset_exports ADD COLUMN newer TEXT; ALTER TABLE asset_keys ADD COLUMN newer TEXT;"

// newerFiles returns the files of a program with one more migration.
func newerFiles(statements string) (fs.FS, error) {
	files, number := fstest.MapFS{}, 1
	err := fs.WalkDir(store.Migrations(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.HasPrefix(name, "sqlite/") {
			number++
		}
		text, err := fs.ReadFile(store.Migrations(), name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	for _, engine := range []string{"sqlite", "postgres"} {
		files[fmt.Sprintf("%s/%04d_newer.sql", engine, number)] = &fstest.MapFile{Data: []byte(statements)}
	}
	return files, err
}

// migrateToNewer migrates a database as the newer program does.
func migrateToNewer(ctx context.Context, db *bun.DB, statements string) error {
	files, err := newerFiles(statements)
	if err != nil {
		return err
	}
	return store.MigrateWith(ctx, db, files)
}

// openedDatabase is a store, the database that it is in, and what it logs.
type openedDatabase struct {
	*store.Store
	path string // of the file, or the URL
	url  string // of Postgres, without a pgbouncer
	log  *strings.Builder
}

// eachWithLog runs a test in parallel with a store on each kind of database. direct
// runs it only without a pgbouncer.
func eachWithLog(t *testing.T, direct bool, test func(t *testing.T, st openedDatabase)) {
	t.Helper()
	t.Parallel()
	run := func(name string, open func(t *testing.T, opts store.Options) openedDatabase) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			st := open(t, store.Options{Relaxed: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			st.log = &log
			test(t, st)
		})
	}
	run("sqlite", func(t *testing.T, opts store.Options) openedDatabase {
		t.Helper()
		path := filepath.Join(t.TempDir(), "assets.db")
		st, err := sqlite.Open(t.Context(), path, opts)
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		return openedDatabase{Store: st.Store, path: path}
	})
	openPostgres := func(t *testing.T, path, url string, opts store.Options) openedDatabase {
		t.Helper()
		st, err := postgres.Open(t.Context(), path, opts)
		if err != nil {
			t.Fatal(err)
		}
		closed(t, st.Close)
		return openedDatabase{Store: st.Store, path: path, url: url}
	}
	run("postgres", func(t *testing.T, opts store.Options) openedDatabase {
		t.Helper()
		url := sqltest.Postgres(t)
		return openPostgres(t, url, url, opts)
	})
	if direct {
		return
	}
	run("pgbouncer", func(t *testing.T, opts store.Options) openedDatabase {
		t.Helper()
		url := sqltest.Postgres(t)
		return openPostgres(t, pgtest.Pooled(t, url), url, opts)
	})
}

// write is a write of the store itself, beside the calls of a Library.
type write struct {
	name string
	call func(ctx context.Context, st *store.Store) error
}

func writes() []write {
	return []write{
		{"Update", func(ctx context.Context, st *store.Store) error { return change(ctx, st, 7) }},
		{"In RunInTx", func(ctx context.Context, st *store.Store) error {
			return st.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error { return change(ctx, st.In(tx), 7) })
		}},
		{"In a transaction of the host", func(ctx context.Context, st *store.Store) error {
			return st.DB().RunInTx(ctx, &sql.TxOptions{}, func(ctx context.Context, tx bun.Tx) error { return change(ctx, st.In(tx), 7) })
		}},
		{"PruneEvents", func(ctx context.Context, st *store.Store) error { _, err := st.PruneEvents(ctx, 1<<40); return err }},
		{"AddKey", func(ctx context.Context, st *store.Store) error { return st.AddKey(ctx, apikey.Key{Prefix: "other"}) }},
		{"ChangeKey, a use", func(ctx context.Context, st *store.Store) error {
			return st.ChangeKey(ctx, "known", apikey.Change{LastUsedAt: 9})
		}},
		{"ChangeKey, a revocation", func(ctx context.Context, st *store.Store) error {
			return st.ChangeKey(ctx, "known", apikey.Change{RevokedAt: 9})
		}},
		{"Freeze", func(ctx context.Context, st *store.Store) error {
			return st.Freeze(ctx, export.Record{ID: sqltest.NewAsset(9).ID, Workspace: "w"}, export.Quota{},
				func(export.Freezing) (export.Plan, error) { return export.Plan{}, nil })
		}},
		{"LeaseFollower", func(ctx context.Context, st *store.Store) error {
			_, err := st.LeaseFollower(ctx, "jobs", "one", time.Minute)
			return err
		}},
		{"PutFollower", func(ctx context.Context, st *store.Store) error { return st.PutFollower(ctx, "mail", 1) }},
		{"DeleteFollower", func(ctx context.Context, st *store.Store) error { return st.DeleteFollower(ctx, "jobs") }},
		{"MoveMark", func(ctx context.Context, st *store.Store) error {
			_, err := st.MoveMark(ctx, blob.Mark{}, false)
			return err
		}},
		{"MoveMark, dry", func(ctx context.Context, st *store.Store) error {
			_, err := st.MoveMark(ctx, blob.Mark{}, true)
			return err
		}},
		{"Condemn", func(ctx context.Context, st *store.Store) error {
			_, err := st.Condemn(ctx, []string{"key"}, 1, false)
			return err
		}},
		{"Expire", func(ctx context.Context, st *store.Store) error { _, err := st.Expire(ctx, 1<<40); return err }},
	}
}

// TestNewerSchemaRefusesWritesHOS12: when another process, with a newer program, has
// migrated the database, every write of this one is unavailable and writes nothing,
// and reads go on. internal/testing/faults has the calls of the Library.
func TestNewerSchemaRefusesWritesHOS12(t *testing.T) {
	eachWithLog(t, false, func(t *testing.T, st openedDatabase) {
		for i := range 2 { // rows that pruning would remove
			if err := change(t.Context(), st, i); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.AddKey(t.Context(), apikey.Key{Prefix: "known"}); err != nil {
			t.Fatal(err)
		}
		if events(t, st) != 2 { // on Postgres they have positions from here on
			t.Error("the journal cannot be read")
		}
		child := newerProgram(t.Context(), st.path)
		if out, err := child.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		before := contents(t, st.DB())
		for _, w := range writes() {
			err := w.call(t.Context(), st.Store)
			if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, store.ErrSchema) {
				t.Errorf("%s: %v, want ErrUnavailable and ErrSchema", w.name, err)
			}
		}
		if diff := cmp.Diff(before, contents(t, st.DB())); diff != "" {
			t.Errorf("the writes changed (-before +after):\n%s", diff)
		}
		if n := strings.Count(st.log.String(), "level=ERROR"); n != 1 || !strings.Contains(st.log.String(), "replace the program") {
			t.Errorf("logged %d times, want once with what to do:\n%s", n, st.log)
		}
		sqltest.CheckStored(t, st, 3, 0, 1)
		if events(t, st) != 2 {
			t.Error("the journal cannot be read")
		}
		if keys, err := st.Keys(t.Context(), apikey.Filter{}); err != nil || len(keys) != 1 {
			t.Errorf("%d keys, %v", len(keys), err)
		}

		execute(t, st.DB(), "DELETE FROM asset_schema WHERE version = (SELECT max(version) FROM asset_schema)")
		for _, w := range writes() { // nothing else was wrong
			if err := w.call(t.Context(), st.Store); err != nil {
				t.Errorf("%s on its own schema: %v", w.name, err)
			}
		}
	})
}

// contents returns all rows of the database as text, by table.
func contents(t *testing.T, db *bun.DB) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for _, table := range sqltest.Tables(t, db) {
		var rows []map[string]any
		if err := db.NewRaw("SELECT * FROM ?", bun.Ident(table)).Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		all[table] = []string{}
		for _, row := range rows {
			all[table] = append(all[table], fmt.Sprint(row))
		}
	}
	return all
}

// newerProgram returns a process of a newer program that migrates a database.
func newerProgram(ctx context.Context, path string) *exec.Cmd {
	child := migrateInChild(ctx, path)
	child.Env = append(child.Env, newerVariable+"=1")
	return child
}

// newerVariable is the environment variable that makes a process of migrateInChild
// the newer program.
const newerVariable = "ASSETS_TEST_MIGRATE_NEWER"

// migrateAsNewer is what that process does.
func migrateAsNewer(ctx context.Context, path string) error {
	db, err := openPathOrURL(path)
	if err != nil {
		return err
	}
	return errors.Join(migrateToNewer(ctx, db, newerStatements), db.Close())
}

// TestMigrateWaitsForOpenWritesHOS12: a write that began before a migration is
// committed before it, as a whole, and a write after it is refused.
func TestMigrateWaitsForOpenWritesHOS12(t *testing.T) {
	eachWithLog(t, false, func(t *testing.T, st openedDatabase) {
		began, goOn := make(chan struct{}), make(chan struct{})
		written, migrated := make(chan error, 1), make(chan error, 1)
		go func() {
			written <- st.Update(t.Context(), func(tx assets.Tx) error {
				first := tx.PutAsset(t.Context(), sqltest.NewAsset(0), nil)
				close(began)
				<-goOn
				return errors.Join(first, tx.PutAsset(t.Context(), sqltest.NewAsset(1), nil))
			})
		}()
		<-began
		go func() { migrated <- migrateToNewer(t.Context(), st.DB(), newerStatements) }()
		waitForWaiting(t, st, 1)
		select {
		case err := <-migrated:
			t.Errorf("Migrate did not wait for the write: %v", err)
		default:
		}
		close(goOn)
		if err := errors.Join(<-written, <-migrated); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, sqltest.Put(t.Context(), st, 2))
		sqltest.CheckStored(t, st, 3, 0, 1)
	})
}

// waitForWaiting waits until n connections wait for a lock of a table. On SQLite that
// cannot be seen.
func waitForWaiting(t *testing.T, st openedDatabase, n int) {
	t.Helper()
	if st.url == "" {
		return
	}
	const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted" +
		" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	for pgtest.Count(t, st.url, waiting) < n {
		if t.Context().Err() != nil {
			t.Fatal("nobody waits")
		}
	}
}

// TestWriteThatBeginsDuringMigrateHOS12: a write that begins while a migration runs
// waits for it, and is then refused, as it knows an older schema only.
func TestWriteThatBeginsDuringMigrateHOS12(t *testing.T) {
	eachWithLog(t, true, func(t *testing.T, st openedDatabase) {
		if st.url == "" {
			t.Skip("SQLite has one writer")
		}
		sqltest.HostTable(t, st.DB())
		host, err := st.DB().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := host.ExecContext(t.Context(), "SELECT count(*) FROM campaigns"); err != nil {
			t.Fatal(err)
		}
		migrated, written := make(chan error, 1), make(chan error, 1)
		go func() {
			migrated <- migrateToNewer(t.Context(), st.DB(), "ALTER TABLE campaigns ADD COLUMN more TEXT")
		}()
		waitForWaiting(t, st, 1) // for the host's table
		go func() { written <- sqltest.Put(t.Context(), st, 0) }()
		waitForWaiting(t, st, 2)
		if err := errors.Join(host.Rollback(), <-migrated); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, <-written)
		sqltest.CheckStored(t, st, 1)
	})
}

// TestOlderSnapshotCannotWriteHOS12: a transaction of the host whose snapshot is older
// than a migration cannot write through a bound Library.
func TestOlderSnapshotCannotWriteHOS12(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *bun.DB) {
		opts := &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
		if db.Dialect().Name().String() == "sqlite" {
			opts = nil
			if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = WAL"); err != nil {
				t.Fatal(err)
			}
		}
		sqltest.CheckMigrates(t, db)
		st, err := store.New(db, store.Options{Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		host, err := db.BeginTx(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := host.NewRaw("SELECT count(*) FROM asset_meta").Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		if err := migrateToNewer(t.Context(), db, newerStatements); err != nil {
			t.Fatal(err)
		}
		sqltest.CheckUnavailable(t, change(t.Context(), st.In(host), 0))
		_ = host.Commit() // SQLite has rolled it back
		sqltest.CheckStored(t, st, 1)
	})
}

// TestRunInTxOfTheHostHOS12: a newer schema of the library is no reason to refuse
// what the host writes into its own tables.
func TestRunInTxOfTheHostHOS12(t *testing.T) {
	eachWithLog(t, true, func(t *testing.T, st openedDatabase) {
		sqltest.HostTable(t, st.DB())
		if err := migrateToNewer(t.Context(), st.DB(), newerStatements); err != nil {
			t.Fatal(err)
		}
		err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO campaigns VALUES ('launched')")
			return err
		})
		if err != nil || sqltest.HostRows(t, st.DB()) != 1 {
			t.Errorf("the host's own row: %v", err)
		}
	})
}

func TestSchemaErrorsHOS12(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *bun.DB) {
		if _, err := store.New(db, store.Options{Relaxed: true}); !errors.Is(err, store.ErrNoSchema) || !errors.Is(err, store.ErrSchema) {
			t.Errorf("without a schema: %v, want ErrNoSchema, an ErrSchema", err)
		}
		sqltest.CheckMigrates(t, db)
		if err := migrateToNewer(t.Context(), db, newerStatements); err != nil {
			t.Fatal(err)
		}
		if _, err := store.New(db, store.Options{Relaxed: true}); !errors.Is(err, store.ErrSchema) || errors.Is(err, store.ErrNoSchema) {
			t.Errorf("a newer schema: %v, want ErrSchema only", err)
		}
		if err := store.Migrate(t.Context(), db); !errors.Is(err, store.ErrSchema) {
			t.Errorf("the older program's Migrate: %v, want ErrSchema", err)
		}
	})
}
