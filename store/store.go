// Package store keeps assets in a SQL database, over a [bun.DB] of the host's.
// It imports no driver: packages store/sqlite and store/postgres open a database
// with the right settings.
//
// The one rule to know: on SQLite one transaction writes at a time, so
// whoever holds one, through [Store.RunInTx] or as bun.Tx, calls only a
// Library that [Store.In] has bound to it. A call to an unbound one waits for
// its turn and is refused with assets.ErrUnavailable.
package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// Options of a [Store]; the zero value is right for production.
type Options struct {
	// Relaxed accepts a database that may lose acknowledged commits with the
	// power, such as SQLite's in memory. For tests.
	Relaxed bool
	// LockWait is how long a write waits for its turn, other processes
	// included, when its context allows more; default 10 s. On Postgres it is
	// the wait for a connection of the pool: for a row that another
	// transaction has locked, a write waits as long as its context.
	LockWait time.Duration
}

const (
	defaultLockWait = 10 * time.Second
	// useLockWait bounds the wait to note that a key was used: a request is
	// not worth delaying for it.
	useLockWait = 100 * time.Millisecond
)

// Store keeps rows in a SQL database. It is safe for concurrent use and holds
// no goroutine.
type Store struct {
	reader
	lockWait time.Duration
	turn     chan struct{} // holds one token while a transaction writes
	freezing chan struct{} // holds one token while an export has a snapshot
}

var (
	_ assets.Store   = (*Store)(nil)
	_ assets.Journal = (*Store)(nil)
	_ apikey.Store   = (*Store)(nil)
	_ blob.Ledger    = (*Store)(nil)
	_ export.Store   = (*Store)(nil)
)

// New makes a store of a database whose schema [Migrate] has brought up to
// date; it refuses an older and a newer one. All writers of a process should
// share one Store. Closing the database is the host's.
func New(db *bun.DB, opts Options) (*Store, error) {
	e, err := engineOf(db)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := checkSchema(ctx, e, db); err != nil {
		return nil, err
	}
	if err := e.usable(ctx, db); err != nil {
		return nil, err
	}
	if !opts.Relaxed {
		if err := e.durable(ctx, db); err != nil {
			return nil, err
		}
	}
	if opts.LockWait <= 0 {
		opts.LockWait = defaultLockWait
	}
	return &Store{
		reader:   reader{engine: e, db: db, conn: db},
		lockWait: opts.LockWait,
		turn:     make(chan struct{}, 1),
		freezing: make(chan struct{}, 1),
	}, nil
}

// DB answers the database, for the host's own tables.
func (s *Store) DB() *bun.DB { return s.db }

// View implements [assets.Store]. A long one keeps SQLite's write-ahead log
// from being reused.
func (s *Store) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.snapshot(ctx, func(r reader) error { return fn(r) })
}

func (s *Store) snapshot(ctx context.Context, fn func(reader) error) error {
	// Repeatable read is a snapshot on every engine.
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return s.engine.failure(err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	return fn(reader{engine: s.engine, db: s.db, conn: tx})
}

// Update implements [assets.Store].
func (s *Store) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		return s.unit(tx).run(fn)
	})
}

// RunInTx runs fn in a transaction of the host's own and commits it: on SQLite
// in its turn of the writer queue, on Postgres with the reruns of Update, so
// that fn does nothing but use tx. Bind a
// Library to it with lib.With(st.In(tx)); fn neither commits nor rolls back tx
// itself. An error or panic of fn rolls everything back and is passed on
// unchanged.
func (s *Store) RunInTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if !s.engine.committable(context.WithoutCancel(ctx), tx.Tx) {
			return unavailable(errEnded)
		}
		return nil
	})
}

// unit makes the Tx of one unit of work.
func (s *Store) unit(tx bun.Tx) *unit {
	return &unit{reader{engine: s.engine, db: s.db, conn: tx, latch: &latch{}}}
}

// unit is an [assets.Tx].
type unit struct{ reader }

// run calls fn and fails when a statement did, even if fn swallowed it.
func (u *unit) run(fn func(assets.Tx) error) error {
	if err := fn(u); err != nil {
		return err
	}
	return u.latch.err
}
