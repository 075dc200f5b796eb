package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// errLocked is returned when the wait for the write lock, on Postgres for a
// connection, took longer than Options.LockWait.
var errLocked = errors.New("store: the database stayed locked by another writer, or without a free connection; " +
	"within a transaction of the host use lib.With(st.In(tx))")

// errUnbound is returned for a write that would not be part of the transaction that it is
// called in, or would wait for it.
var errUnbound = errors.New("store: a call within RunInTx must use a Library that is bound to its transaction: lib.With(st.In(tx))")

// errEnded is returned when nothing that ran in the transaction was committed.
var errEnded = errors.New("store: the transaction was rolled back before its commit")

// errUnitEnded is returned when a Tx is used after its Update.
var errUnitEnded = errors.New("store: the Tx of an Update was used after it")

// translate translates an error of the database for the Library: sql.ErrNoRows
// becomes ErrNotFound, an error that a retry cannot cure stays an internal
// error, and any other becomes ErrUnavailable.
func (e engine) translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return assets.ErrNotFound
	case e.permanent(err):
		return fmt.Errorf("store: %w", err)
	}
	return unavailable(err)
}

func unavailable(err error) error {
	if errors.Is(err, assets.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("store: %w: %w", assets.ErrUnavailable, err)
}

// stickyError is the error of the first statement that failed in a transaction.
// No statement runs after it: SQLite may have rolled everything back, so that a
// later statement would commit by itself, and Postgres would refuse it.
type stickyError struct{ err error }

// statement runs one statement and translates its error. ErrNotFound does not
// end a transaction.
func (r reader) statement(ctx context.Context, run func(context.Context) error) error {
	if r.sticky != nil && r.sticky.err != nil {
		return r.sticky.err
	}
	err := r.engine.translate(r.attempt(ctx, run))
	if r.sticky != nil && err != nil && !errors.Is(err, assets.ErrNotFound) {
		r.sticky.err = err
	}
	return err
}

// attempt runs one statement: on a pool again with another connection if that was closed
// before, and in a shared transaction to its end, also if ctx ends meanwhile.
func (r reader) attempt(ctx context.Context, run func(context.Context) error) error {
	if r.detached {
		if err := ctx.Err(); err != nil {
			return err
		}
		return run(context.WithoutCancel(ctx))
	}
	if _, pool := r.conn.(*bun.DB); pool {
		return connected(ctx, func() error { return run(ctx) })
	}
	return run(ctx)
}

// busy reports whether another connection holds SQLite's lock, so that nothing
// was done.
func (e engine) busy(err error) bool {
	const sqliteBusy, sqliteLocked = 5, 6
	code := resultCode(err)
	return code == sqliteBusy || code == sqliteLocked
}

// permanent reports whether a retry cannot help: a SQLite file is corrupt or no
// database; Postgres reported a data exception, a syntax error, an access rule
// violation or an internal error.
func (e engine) permanent(err error) bool {
	const sqliteCorrupt, sqliteNotADB = 11, 26
	code := resultCode(err)
	return code == sqliteCorrupt || code == sqliteNotADB ||
		slices.Contains([]string{"22", "42", "XX"}, class(sqlState(err)))
}

// retryable reports whether the database rolled the transaction back because of a
// concurrent one, after a serialization failure or a deadlock. Running it again
// succeeds.
func (e engine) retryable(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

// notCommitted reports whether a COMMIT that failed has certainly not happened.
// Errors of a server that shuts down, and its internal errors, leave that open.
func (e engine) notCommitted(err error) bool {
	return e.busy(err) || slices.Contains([]string{"23", "25", "40", "53"}, class(sqlState(err)))
}

// readOnly reports whether the server no longer accepts writes, as after a
// failover. A new connection may reach the one that does.
func (e engine) readOnly(err error) bool { return sqlState(err) == "25006" }

// resultCode returns SQLite's primary result code
// (https://www.sqlite.org/rescode.html), or 0.
func resultCode(err error) int {
	type coded interface {
		error
		Code() int
	}
	if c, ok := errors.AsType[coded](err); ok {
		return c.Code() & 0xff
	}
	return 0
}

// sqlState returns the code of an error of Postgres
// (https://www.postgresql.org/docs/current/errcodes-appendix.html), or "".
func sqlState(err error) string {
	type stated interface {
		error
		SQLState() string
	}
	if s, ok := errors.AsType[stated](err); ok {
		return s.SQLState()
	}
	return ""
}

// class returns the first two characters of a code, which name its class.
func class(state string) string { return state[:min(len(state), 2)] }
