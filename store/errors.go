package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// errLocked: the wait for the writer's turn, on Postgres for a connection, was
// over before it came.
var errLocked = errors.New("store: the database stayed locked by another writer, or without a free connection")

// errEnded: nothing that ran in the transaction was committed.
var errEnded = errors.New("store: the transaction was rolled back before its commit")

// failure gives an error of the database its meaning to the Library: no row is
// ErrNotFound, what no second try would cure stays an internal error, all else
// is ErrUnavailable.
func (e engine) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return assets.ErrNotFound
	case e.damaged(err):
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

// latch remembers the first statement that failed in a transaction. After it
// SQLite may have rolled everything back, and one more statement would commit
// by itself; Postgres would refuse it: none is let through.
type latch struct{ err error }

// statement runs one statement and answers what it means. ErrNotFound is an
// answer, not a failure.
func (r reader) statement(ctx context.Context, run func(context.Context) error) error {
	if r.latch != nil && r.latch.err != nil {
		return r.latch.err
	}
	err := r.engine.failure(run(ctx))
	if r.latch != nil && err != nil && !errors.Is(err, assets.ErrNotFound) {
		r.latch.err = err
	}
	return err
}

// busy reports that another connection holds SQLite's lock, so that nothing
// was done.
func (e engine) busy(err error) bool {
	const sqliteBusy, sqliteLocked = 5, 6
	code := resultCode(err)
	return code == sqliteBusy || code == sqliteLocked
}

// damaged reports that trying again will not help: a SQLite file is corrupt,
// or no database; Postgres answered a data exception, a syntax error or an
// access rule violation, or an internal error.
func (e engine) damaged(err error) bool {
	const sqliteCorrupt, sqliteNotADB = 11, 26
	code := resultCode(err)
	return code == sqliteCorrupt || code == sqliteNotADB ||
		slices.Contains([]string{"22", "42", "XX"}, class(sqlState(err)))
}

// again reports that the transaction was rolled back because of another one
// that ran beside it: after a serialization failure or a deadlock, its rerun
// succeeds.
func (e engine) again(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

// rejected reports that a COMMIT that failed has surely not happened. What is
// said while the server ends, or fails within, says nothing about that.
func (e engine) rejected(err error) bool {
	return e.busy(err) || slices.Contains([]string{"23", "25", "40", "53"}, class(sqlState(err)))
}

// demoted reports that the server cannot be written any more: a new connection
// may find the one that can.
func (e engine) demoted(err error) bool { return sqlState(err) == "25006" }

// resultCode answers SQLite's primary result code
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

// sqlState answers the code of an error of Postgres
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

// class is what the first two characters of a code stand for.
func class(state string) string { return state[:min(len(state), 2)] }
