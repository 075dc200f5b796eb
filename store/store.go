// Package store keeps assets in a SQL database through a [bun.DB]. It imports no
// driver: packages store/sqlite and store/postgres open a database with the
// settings that it needs.
//
// The one rule to know: on SQLite one transaction writes at a time. While a host
// has one open, through [Store.RunInTx] or as a bun.Tx, it must call only a
// Library that [Store.In] has bound to it. A write of any other returns
// assets.ErrUnavailable: within RunInTx at once, if it has its context, else when
// it has waited for the lock.
package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/broadcast"
	"github.com/10ex/assets/webhook/record"
)

// Options are the settings of a [Store]. The zero value is right for production.
type Options struct {
	// Relaxed accepts a database that may lose acknowledged commits in a power
	// failure, such as a SQLite database in memory. It is for tests.
	Relaxed bool
	// LockWait limits how long a write waits for the write lock, also one that
	// another process holds. The default is 10 s; a context may end the wait
	// earlier. On Postgres it limits the wait for a connection of the pool:
	// only its context limits how long a write waits for a locked row.
	LockWait time.Duration
	// FillLater makes sqlite.Open leave the completion of older assets after a
	// migration to assets.Library.Run, as MigrateSchema does, so that a server needs
	// not wait for it.
	FillLater bool
	// Logger gets one line when the database has a newer schema, so that the
	// store refuses every write. The default is slog.Default().
	Logger *slog.Logger
}

const (
	defaultLockWait = 10 * time.Second
	// maxUseWait limits the wait to record that a key was used, which is not
	// worth delaying a request for.
	maxUseWait = 100 * time.Millisecond
)

// Store keeps rows in a SQL database. It is safe for concurrent use and keeps
// no goroutine running.
type Store struct {
	reader
	lockWait    time.Duration
	writer      *writer       // of SQLite
	busyTimeout int64         // in milliseconds, of SQLite's connections; 0 on PostgreSQL
	freezeSlot  chan struct{} // has one element while an export is frozen
	indexSlot   chan struct{} // has one element while long texts are indexed
	scrubSlot   chan struct{} // has one element while SQLite's files are scrubbed

	schema        int // the number of the last migration
	schemaChanged sync.Once
	changed       broadcast.Broadcast
	numberFails   atomic.Bool // the last attempt to number the journal failed
	fills         fills
	following     assets.FollowerStates           // of FollowTx
	observer      atomic.Pointer[assets.Observer] // of FollowTx
	log           *slog.Logger
}

var (
	_ assets.Store     = (*Store)(nil)
	_ assets.Journal   = (*Store)(nil)
	_ assets.Followers = (*Store)(nil)
	_ apikey.Store     = (*Store)(nil)
	_ blob.Ledger      = (*Store)(nil)
	_ export.Store     = (*Store)(nil)
	_ record.Store     = (*Store)(nil)
	_ assets.Filler    = (*Store)(nil)
	_ assets.Writable  = (*Store)(nil)
	_ assets.Gauged    = (*Store)(nil)
	_ assets.Purger    = (*Store)(nil)

	_ assets.OwnFollowers  = (*Store)(nil)
	_ assets.EventNumberer = (*Store)(nil)

	_ assets.Attestations = (*Store)(nil)

	_ assets.WordIndexer = (*Store)(nil)
	_ assets.Contents    = (*Store)(nil)
	_ assets.Contents    = (*bound)(nil)
	_ assets.ContentTx   = (*unit)(nil)
)

// New returns a store on a database whose schema [Migrate] has brought up to
// date. It returns [ErrSchema] if the schema is older or newer, and an error if
// the database cannot be written, alters texts or, unless Options.Relaxed is
// set, may lose acknowledged commits. All writers of a process should share one
// Store. The caller closes the database.
//
// If a newer program migrates the database later, every write returns
// assets.ErrUnavailable and [ErrSchema], and writes nothing; reads go on.
func New(db *bun.DB, opts Options) (*Store, error) {
	e, err := engineOf(db)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	all, err := e.migrations(Migrations())
	if err != nil {
		return nil, err
	}
	if err := checkSchema(ctx, e, db, len(all)); err != nil {
		return nil, err
	}
	if err := e.checkUsable(ctx, db); err != nil {
		return nil, err
	}
	if !opts.Relaxed {
		if err := e.checkDurable(ctx, db); err != nil {
			return nil, err
		}
	}
	if opts.LockWait <= 0 {
		opts.LockWait = defaultLockWait
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	h := newHot(db, e)
	if !e.postgres() {
		if err := h.prepare(ctx, db); err != nil {
			return nil, err
		}
	}
	busyTimeout, err := e.busyTimeout(ctx, db)
	if err != nil {
		return nil, err
	}
	return &Store{
		reader:      reader{engine: e, hot: h, db: db, conn: db},
		lockWait:    opts.LockWait,
		busyTimeout: busyTimeout,
		writer:      newWriter(),
		freezeSlot:  make(chan struct{}, 1),
		indexSlot:   make(chan struct{}, 1),
		scrubSlot:   make(chan struct{}, 1),
		schema:      len(all),
		log:         opts.Logger,
	}, nil
}

// DB returns the database, for the host's own tables.
func (s *Store) DB() *bun.DB { return s.db }

// View implements [assets.Store]. While it runs, SQLite cannot reuse its
// write-ahead log.
func (s *Store) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.snapshot(ctx, func(r reader) error { return fn(r) })
}

func (s *Store) snapshot(ctx context.Context, fn func(reader) error) error {
	// Repeatable read is a snapshot on every engine.
	var tx bun.Tx
	err := connected(ctx, func() (err error) {
		tx, err = s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
		return err
	})
	if err != nil {
		return s.engine.translate(err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	return fn(reader{engine: s.engine, hot: s.hot, db: s.db, conn: tx})
}

// update is Update without the index of long texts. On SQLite calls that wait for each other
// share a transaction, each in a savepoint, and return when it is committed.
func (s *Store) update(ctx context.Context, fn func(assets.Tx) error) error {
	if s.holds(ctx) {
		return unavailable(errUnbound)
	}
	if s.engine.oneWriter() {
		if err := s.share(ctx, fn); !errors.Is(err, errBatchLost) {
			return err
		}
	}
	err := s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		return s.unit(tx).run(fn)
	})
	if err == nil || errors.Is(err, assets.ErrOutcomeUnknown) {
		s.changed.Send()
	}
	return err
}

// RunInTx runs fn in a transaction for the host's own statements and commits it.
// On SQLite it waits for the write lock as Update does. On Postgres fn may run
// again, as in Update, so it must do nothing but use tx. Bind a Library to the
// transaction with lib.With(st.In(tx)). fn must not commit or roll back tx
// itself. An error or panic of fn rolls everything back and is passed on
// unchanged. A newer schema makes the calls of the Library fail, and not the host's
// own statements. A write with fn's context that is not bound to tx fails with
// assets.ErrUnavailable: it would stay if tx is rolled back, or wait for tx.
func (s *Store) RunInTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	err := s.retried(ctx, s.lockWait, func(tx bun.Tx) error {
		if err := fn(context.WithValue(ctx, within{}, s), tx); err != nil {
			return err
		}
		if !s.engine.canCommit(context.WithoutCancel(ctx), tx.Tx) {
			return unavailable(errEnded)
		}
		return nil
	})
	if err == nil || errors.Is(err, assets.ErrOutcomeUnknown) {
		s.changed.Send()
	}
	return err
}

// within is the key of the Store whose RunInTx a context comes from.
type within struct{}

// holds reports whether ctx comes from RunInTx of this store.
func (s *Store) holds(ctx context.Context) bool { return ctx.Value(within{}) == s }

// Shares of a Store for searches.
const (
	maxSearches = 4 // on Postgres, which has processors of its own
	searchShare = 4 // searches take at most one connection of four, but one in any case
)

// MaxSearches implements [assets.Store]. SQLite searches with the processors of this
// process, and half of them stay free.
func (s *Store) MaxSearches() int {
	n := maxSearches
	if !s.engine.postgres() {
		n = runtime.GOMAXPROCS(0) / 2
	}
	if connections := s.db.DB.Stats().MaxOpenConnections; connections > 0 { // 0 is no limit
		n = min(n, connections/searchShare)
	}
	return max(1, n)
}

// StoreStats implements [assets.Gauged].
func (s *Store) StoreStats() assets.StoreStats {
	pool := s.db.DB.Stats()
	return assets.StoreStats{
		MaxConnections: pool.MaxOpenConnections, OpenConnections: pool.OpenConnections, UsedConnections: pool.InUse,
		Waits: pool.WaitCount, Waited: pool.WaitDuration, Fills: s.fills.stats(),
	}
}

// unit returns the Tx of one unit of work.
func (s *Store) unit(conn bun.IConn) *unit {
	return &unit{reader: reader{engine: s.engine, hot: s.hot, db: s.db, conn: conn, sticky: &stickyError{}}}
}

// unit is an [assets.Tx].
type unit struct {
	reader
	queued *bool // is set when a text has to be indexed after the commit; nil: none can be
}

// run calls fn. It returns the first error of a statement even if fn ignored it. After it
// no statement of the unit runs, since the transaction may go on with other units.
func (u *unit) run(fn func(assets.Tx) error) error {
	defer func() { u.sticky.err = errUnitEnded }()
	if err := fn(u); err != nil {
		return err
	}
	return u.sticky.err
}
