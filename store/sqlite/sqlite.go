// Package sqlite opens a [store.Store] on a SQLite file, or in memory, with
// the settings that it needs: a write-ahead log, a sync at every commit, and
// the modernc.org driver, which needs no C compiler.
//
// The one rule to know: the file belongs on a local disk. SQLite's locks
// and shared memory do not work over a network file system.
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
	_ "modernc.org/sqlite" // the driver

	"github.com/10ex/assets/store"
)

// InMemory is the path of a database of the Store's own that ends with Close.
// It has no write-ahead log: there a View and an Update wait for each other.
const InMemory = ":memory:"

const driverName = "sqlite"

// Store is a store that owns its database.
type Store struct {
	*store.Store
	keeper *sql.DB // keeps a database in memory when the pool is idle
}

// Open opens the file at path, creating it for its owner alone when it does
// not exist, and brings its schema up to date. Options.Relaxed turns the sync
// at commit off, for tests: a power cut may then lose acknowledged writes.
func Open(ctx context.Context, path string, opts store.Options) (*Store, error) {
	if path == InMemory {
		return openMemory(ctx, opts)
	}
	dsn, err := fileDSN(path, opts)
	if err != nil {
		return nil, err
	}
	return open(ctx, dsn, opts, nil)
}

func openMemory(ctx context.Context, opts store.Options) (*Store, error) {
	opts.Relaxed = true
	dsn := memoryDSN(opts)
	keeper, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	keeper.SetMaxOpenConns(1) // opened by the Ping, and kept: it neither ages nor idles out
	if err := keeper.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), keeper.Close())
	}
	return open(ctx, dsn, opts, keeper)
}

func open(ctx context.Context, dsn string, opts store.Options, keeper *sql.DB) (*Store, error) {
	pool, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	// Readers beyond the cores only compete for them.
	connections := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	s := &Store{keeper: keeper}
	db := bun.NewDB(pool, sqlitedialect.New())
	if err = store.Migrate(ctx, db); err == nil {
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

// fileDSN creates the file, with which SQLite's log and shared memory share
// their permissions, and answers how to open it.
func fileDSN(path string, opts store.Options) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
	return u.String() + "?" + query(opts, "journal_mode(WAL)", "synchronous("+synchronous+")"), nil
}

// memoryDSN names a database that all connections of this process share:
// https://www.sqlite.org/src/file/src/memdb.c.
func memoryDSN(opts store.Options) string {
	return "file:/" + rand.Text() + "?vfs=memdb&" + query(opts)
}

// query holds the pragmas of every connection. busy_timeout comes first: the
// others may have to wait. _txlock is for the host's own transactions.
func query(opts store.Options, pragmas ...string) string {
	wait := opts.LockWait
	if wait <= 0 {
		wait = 10 * time.Second
	}
	q := url.Values{"_txlock": {"immediate"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()))
	for _, pragma := range append(pragmas, "foreign_keys(ON)") {
		q.Add("_pragma", pragma)
	}
	return q.Encode()
}
