package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// busyPause is the wait between two tries for a lock that another process
// holds and that the driver was not told to wait for.
const busyPause = 10 * time.Millisecond

const (
	reruns     = 3
	rerunPause = 20 * time.Millisecond // at most, before the first rerun; doubled for each other
	// commitWait is how long a COMMIT may take beyond what the caller waits for:
	// an outcome that is not known costs more than time.
	commitWait = 10 * time.Second
)

// transact runs fn in one write transaction and commits it. An error or panic
// of fn rolls it back and is passed on unchanged. fn runs again when the
// database rolled back in favour of another transaction.
func (s *Store) transact(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
	pauses := rerunPause
	for range reruns {
		err := s.transactOnce(ctx, wait, fn)
		if !s.engine.again(err) || !pause(ctx, rand.N(pauses)) { //nolint:gosec // jitter
			return err
		}
		pauses *= 2
	}
	return s.transactOnce(ctx, wait, fn)
}

// transactOnce is one try of transact, in its turn.
func (s *Store) transactOnce(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if s.engine.oneWriter() {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-waiting.Done():
			return s.engine.late(ctx, waiting.Err())
		}
	}
	t, err := begin(waiting, s.engine, s.db)
	if err != nil {
		return s.engine.late(ctx, err)
	}
	return t.run(ctx, fn)
}

// late answers why a wait for the lock has failed: the caller's own context
// ended, or the lock was not to be had in time.
func (e engine) late(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return unavailable(ctx.Err())
	case e.busy(err), errors.Is(err, context.DeadlineExceeded):
		return unavailable(errLocked)
	}
	return e.failure(err)
}

// transaction is an open write transaction on a connection of its own.
type transaction struct {
	engine engine
	conn   bun.Conn
	tx     bun.Tx
	cut    context.CancelFunc // ends the statement that ends the transaction

	useless bool // the connection is not to be used again
}

// begin opens a transaction that holds the write lock. A lock held by another
// process is waited for until ctx ends.
func begin(ctx context.Context, e engine, db *bun.DB) (*transaction, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	t := &transaction{engine: e, conn: conn}
	for {
		err := t.tryBegin(ctx)
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil || !e.busy(err) || !pause(ctx, busyPause) {
			t.discard() // its state is in doubt: BEGIN may have been cut off
			t.release()
			return nil, err
		}
	}
}

// tryBegin opens the transaction detached from ctx: otherwise database/sql
// would roll it back by itself when ctx ends, perhaps in mid COMMIT.
func (t *transaction) tryBegin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cut := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cut)
	tx, err := t.conn.BeginTx(own, t.engine.txOptions())
	if !stop() && err == nil {
		err = ctx.Err()
		_ = tx.Rollback()
	}
	if err != nil {
		cut()
		return err
	}
	t.tx, t.cut = tx, cut
	err = t.engine.takeWriteLock(ctx, tx)
	if err != nil {
		_ = tx.Rollback() // there may be nothing to roll back
		cut()
	}
	return err
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// run calls fn and commits, or rolls back; the connection is released.
func (t *transaction) run(ctx context.Context, fn func(bun.Tx) error) error {
	defer t.release()
	defer t.cut()
	open := true
	defer func() {
		if open { // fn failed or panicked
			t.rollback()
		}
	}()
	if err := fn(t.tx); err != nil {
		t.useless = t.engine.demoted(err)
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	open = false
	return t.commit()
}

// commit runs detached from the caller's context (see tryBegin), so that its
// outcome is known: COMMIT is not interrupted, unless the server is silent.
func (t *transaction) commit() error {
	defer time.AfterFunc(commitWait, t.cut).Stop()
	err := t.tx.Commit()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrTxDone): // see bound.abandon
		return unavailable(errEnded)
	case t.engine.rejected(err): // nothing was written, and the driver has rolled back
		return unavailable(err)
	}
	t.discard()
	return fmt.Errorf("store: %w: %w", assets.ErrOutcomeUnknown, err)
}

// rollback undoes the transaction. A connection on which that fails may be in
// any state: it is discarded.
func (t *transaction) rollback() {
	defer time.AfterFunc(commitWait, t.cut).Stop()
	if err := t.tx.Rollback(); t.useless || err != nil && !errors.Is(err, sql.ErrTxDone) {
		t.discard()
	}
}

func (t *transaction) discard() {
	_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
}

func (t *transaction) release() { _ = t.conn.Close() } // fails only when it was discarded
