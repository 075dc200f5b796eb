// Package sqlite opens a [store.Store] on a SQLite file, or in memory, with the
// settings that it needs: a write-ahead log and a sync at every commit. It uses the
// modernc.org driver, which needs no C compiler.
//
// The one rule to know: the file must be on a local disk. SQLite's locks and shared
// memory do not work over a network file system.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/10ex/assets/store"
)

// InMemory is the path of a new database in memory, which Close discards. It has no
// write-ahead log, so that a View and an Update wait for each other.
const InMemory = ":memory:"

// defaultLockWait is store.Options.LockWait if it is not set.
const defaultLockWait = 10 * time.Second

// Store is a store that owns its database.
type Store struct {
	*store.Store
	keeper *sql.DB // one open connection, without which a database in memory is discarded
}

// Open opens the file at path and brings its schema up to date. If the file does
// not exist, Open creates it with mode 0600. It returns [store.ErrSchema] if the
// schema is newer than the library. Options.Relaxed turns the sync at commit off,
// for tests: a power failure may then lose acknowledged writes.
func Open(ctx context.Context, path string, opts store.Options) (*Store, error) {
	if path == InMemory {
		return openMemory(ctx, opts)
	}
	dsn, err := fileDSN(path, opts, os.O_CREATE)
	if err != nil {
		return nil, err
	}
	migrate := store.Migrate
	if opts.FillLater {
		migrate = store.MigrateSchema
	}
	return open(ctx, dsn, opts, &Store{}, migrate)
}

// OpenExisting opens the file at path and does not change its schema. It returns
// fs.ErrNotExist if there is no file, [store.ErrNoSchema] if it has no tables, and
// [store.ErrSchema] if the schema is older or newer than the library's.
func OpenExisting(ctx context.Context, path string, opts store.Options) (*Store, error) {
	dsn, err := fileDSN(path, opts, 0)
	if err != nil {
		return nil, err
	}
	return open(ctx, dsn, opts, &Store{}, func(context.Context, *bun.DB) error { return nil })
}

func openMemory(ctx context.Context, opts store.Options) (*Store, error) {
	opts.Relaxed = true
	dsn := memoryDSN(opts)
	keeper, err := openPool(dsn, lockWait(opts))
	if err != nil {
		return nil, err
	}
	keeper.SetMaxOpenConns(1) // Ping opens it, and it is neither aged out nor idled out
	if err := keeper.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), keeper.Close())
	}
	return open(ctx, dsn, opts, &Store{keeper: keeper}, store.Migrate)
}

// open opens the database, prepares it, and completes s.
func open(
	ctx context.Context, dsn string, opts store.Options, s *Store, prepare func(context.Context, *bun.DB) error,
) (*Store, error) {
	pool, err := openPool(dsn, lockWait(opts))
	if err != nil {
		return nil, err
	}
	// Further readers would only compete for the cores.
	connections := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	db := bun.NewDB(pool, sqlitedialect.New(), bun.WithDiscardUnknownColumns()) // which a newer program has added
	if err = prepare(ctx, db); err == nil {
		s.Store, err = store.New(db, opts)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close(), s.closeKeeper())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.DB().Close(), s.closeKeeper()) }

func (s *Store) closeKeeper() error {
	if s.keeper == nil {
		return nil
	}
	return s.keeper.Close()
}

// fileDSN returns the DSN that opens the file. With the flag os.O_CREATE it creates the
// file, whose permissions SQLite also gives to the log and the shared memory.
func fileDSN(path string, opts store.Options, flag int) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil && !errors.Is(err, os.ErrPermission) { // a file that cannot be written can still be read
		return "", fmt.Errorf("sqlite: %w", err)
	}
	if err == nil {
		_ = file.Close() // nothing was written
	}
	synchronous := "FULL"
	if opts.Relaxed {
		synchronous = "OFF"
	}
	u := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")} // file:///C:/… on Windows
	return u.String() + "?" + query(opts, "journal_mode(WAL)", "synchronous("+synchronous+")", secureDelete), nil
}

// memoryDSN returns the DSN of a new database that the connections of this process
// share: https://www.sqlite.org/src/file/src/memdb.c.
func memoryDSN(opts store.Options) string {
	return "file:/" + rand.Text() + "?vfs=memdb&" + query(opts)
}

// query returns the part of a DSN that sets the pragmas of every connection.
// busy_timeout is the first, since the others may have to wait for a lock. _txlock
// applies to the host's own transactions.
func query(opts store.Options, pragmas ...string) string {
	q := url.Values{"_txlock": {"immediate"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", lockWait(opts).Milliseconds()))
	for _, pragma := range append(pragmas, "foreign_keys(ON)") {
		q.Add("_pragma", pragma)
	}
	return q.Encode()
}

// secureDelete makes SQLite overwrite what is removed from pages that it writes anyway, so
// that copies of a row from before it was changed do not outlive [store.Store.Scrub]. It costs
// no input or output: https://www.sqlite.org/pragma.html#pragma_secure_delete.
const secureDelete = "secure_delete(FAST)"

func lockWait(opts store.Options) time.Duration {
	if opts.LockWait <= 0 {
		return defaultLockWait
	}
	return opts.LockWait
}
