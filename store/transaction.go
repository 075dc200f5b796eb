package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// busyRetryDelay is the wait between two attempts to take a lock that another process
// holds. It is less than rest.
const busyRetryDelay = time.Millisecond

const (
	maxRetries = 3
	retryDelay = 20 * time.Millisecond // maximum before the first retry, doubled for each further one
	// maxCommitTime limits a COMMIT or ROLLBACK, which the caller's context does
	// not: an unknown outcome costs more than the time.
	maxCommitTime = 10 * time.Second
)

// transact runs fn in one write transaction and commits it, unless the schema has
// changed. An error or panic of fn rolls it back and is passed on unchanged. fn runs
// again, at most maxRetries times, if the database rolled back in favour of another
// transaction.
func (s *Store) transact(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
	if s.holds(ctx) {
		return unavailable(errUnbound)
	}
	return s.retried(ctx, wait, func(tx bun.Tx) error {
		if err := s.checkUnchanged(ctx, tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// retried is transact without the check of the schema.
func (s *Store) retried(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
	return s.retry(ctx, func() error { return s.transactOnce(ctx, wait, fn) })
}

// retry calls attempt again, at most maxRetries times, if the database rolled back in
// favour of another transaction.
func (s *Store) retry(ctx context.Context, attempt func() error) error {
	delay := retryDelay
	for range maxRetries {
		err := attempt()
		if !s.engine.retryable(err) || !sleep(ctx, rand.N(delay)) { //nolint:gosec // jitter
			return err
		}
		delay *= 2
	}
	return attempt()
}

// transactOnce is one attempt of retried.
func (s *Store) transactOnce(ctx context.Context, wait time.Duration, fn func(bun.Tx) error) error {
	began := time.Now()
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if s.engine.oneWriter() {
		if _, err := s.takeTurn(ctx, waiting, false); err != nil {
			return err
		}
		defer s.writer.release()
	}
	t, err := s.begin(waiting)
	if err != nil {
		return s.engine.waitError(ctx, err)
	}
	assets.MeasureIn(ctx).Attempt(time.Since(began))
	return t.run(ctx, fn)
}

// waitError returns why a wait for the lock failed: the caller's context ended,
// the wait took too long, or the database failed.
func (e engine) waitError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return unavailable(ctx.Err())
	case e.busy(err), errors.Is(err, context.DeadlineExceeded):
		return unavailable(errLocked)
	}
	return e.translate(err)
}

// transaction is an open write transaction on a connection of its own.
type transaction struct {
	engine engine
	conn   bun.Conn
	tx     bun.Tx
	cancel context.CancelFunc // interrupts COMMIT or ROLLBACK

	unusable bool // the connection must not be used again
}

// begin opens a transaction that holds the write lock. On SQLite it asks for the lock more
// often than SQLite itself, which waits up to 100 ms before it asks again: another process
// that never rests for so long would keep it.
func (s *Store) begin(ctx context.Context) (*transaction, error) {
	if !s.engine.oneWriter() {
		return begin(ctx, s.engine, s.db)
	}
	s.writer.restIfDue(ctx)
	t, err := open(ctx, s.engine, s.db)
	if err != nil {
		return nil, err
	}
	if err := t.setBusyTimeout(0); err != nil {
		t.discard()
		t.release()
		return nil, err
	}
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	if err := t.setBusyTimeout(s.busyTimeout); err != nil {
		t.rollback()
		t.discard()
		t.cancel()
		t.release()
		return nil, err
	}
	return t, nil
}

// busyTimeout returns how long SQLite's connections wait for a lock, in milliseconds, and 0
// on Postgres.
func (e engine) busyTimeout(ctx context.Context, db *bun.DB) (milliseconds int64, err error) {
	if e.oneWriter() {
		err = db.NewRaw("PRAGMA busy_timeout").Scan(ctx, &milliseconds)
	}
	return milliseconds, err
}

func (t *transaction) setBusyTimeout(milliseconds int64) error {
	_, err := t.conn.ExecContext(context.Background(), "PRAGMA busy_timeout="+strconv.FormatInt(milliseconds, 10))
	return err
}

// begin opens a transaction that holds the write lock. It waits until ctx ends
// for a lock that another process holds.
func begin(ctx context.Context, e engine, db *bun.DB) (*transaction, error) {
	t, err := open(ctx, e, db)
	if err != nil {
		return nil, err
	}
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// open takes a connection for a transaction.
func open(ctx context.Context, e engine, db *bun.DB) (*transaction, error) {
	var conn bun.Conn
	err := connected(ctx, func() (err error) {
		conn, err = db.Conn(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &transaction{engine: e, conn: conn}, nil
}

// begin begins the transaction. If that fails it gives up the connection.
func (t *transaction) begin(ctx context.Context) error {
	for {
		err := t.tryBegin(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !t.engine.busy(err) || !sleep(ctx, busyRetryDelay) {
			t.discard() // its state is unknown: BEGIN may have been interrupted
			t.release()
			return err
		}
	}
}

// tryBegin opens the transaction detached from ctx. Otherwise database/sql would
// roll it back by itself when ctx ends, perhaps during COMMIT.
func (t *transaction) tryBegin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	tx, err := t.conn.BeginTx(own, t.engine.txOptions())
	if !stop() && err == nil {
		err = ctx.Err()
		_ = tx.Rollback()
	}
	if err != nil {
		cancel()
		return err
	}
	t.tx, t.cancel = tx, cancel
	err = t.engine.takeWriteLock(ctx, tx)
	if err != nil {
		_ = tx.Rollback() // there may be nothing to roll back
		cancel()
	}
	return err
}

// sleep waits for d. It returns false if ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// run calls fn, commits or rolls back, and releases the connection.
func (t *transaction) run(ctx context.Context, fn func(bun.Tx) error) error {
	defer t.release()
	defer t.cancel()
	open := true
	defer func() {
		if open { // fn failed or panicked
			t.rollback()
		}
	}()
	if err := fn(t.tx); err != nil {
		t.unusable = t.engine.readOnly(err)
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	open = false
	began := time.Now()
	defer func() { assets.MeasureIn(ctx).Commit(time.Since(began)) }()
	return t.commit()
}

// commit runs detached from the caller's context (see tryBegin), so that its
// outcome is known. Only maxCommitTime interrupts it, when the server does not
// respond. It returns ErrOutcomeUnknown if the outcome is unknown.
func (t *transaction) commit() error {
	defer time.AfterFunc(maxCommitTime, t.cancel).Stop()
	err := t.tx.Commit()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrTxDone): // see bound.endTransaction
		return unavailable(errEnded)
	case t.engine.notCommitted(err): // nothing was written, and the driver has rolled back
		return unavailable(err)
	}
	t.discard()
	return fmt.Errorf("store: %w: %w", assets.ErrOutcomeUnknown, err)
}

// rollback undoes the transaction. It discards a connection on which that fails,
// since its state is unknown.
func (t *transaction) rollback() {
	defer time.AfterFunc(maxCommitTime, t.cancel).Stop()
	if err := t.tx.Rollback(); t.unusable || err != nil && !errors.Is(err, sql.ErrTxDone) {
		t.discard()
	}
}

func (t *transaction) discard() {
	_ = t.conn.Raw(func(any) error { return driver.ErrBadConn })
}

func (t *transaction) release() { _ = t.conn.Close() } // fails only after discard
