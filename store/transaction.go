package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// busyPause is the wait between two tries for a lock that another process
// holds and that the driver was not told to wait for.
const busyPause = 10 * time.Millisecond

// transact runs fn in its turn, in one write transaction, and commits it. An
// error or panic of fn rolls it back and is passed on unchanged.
func (s *Store) transact(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
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
	tx, err := t.conn.BeginTx(context.WithoutCancel(ctx), t.engine.txOptions())
	if err != nil {
		return err
	}
	t.tx = tx
	err = t.engine.takeWriteLock(ctx, tx)
	if err != nil {
		_ = tx.Rollback() // there may be nothing to roll back
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
	open := true
	defer func() {
		if open { // fn failed or panicked
			t.rollback()
		}
	}()
	if err := fn(t.tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	open = false
	return t.commit()
}

// commit runs detached from the caller's context (see tryBegin), so that its
// outcome is known: COMMIT is not interrupted.
func (t *transaction) commit() error {
	err := t.tx.Commit()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrTxDone): // see bound.abandon
		return unavailable(errEnded)
	case t.engine.busy(err): // nothing was written, and the driver has rolled back
		return unavailable(err)
	}
	t.discard()
	return fmt.Errorf("store: %w: %w", assets.ErrOutcomeUnknown, err)
}

// rollback undoes the transaction. A connection on which that fails may be in
// any state: it is discarded.
func (t *transaction) rollback() {
	if err := t.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		t.discard()
	}
}

func (t *transaction) discard() {
	_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
}

func (t *transaction) release() { _ = t.conn.Close() } // fails only when it was discarded
