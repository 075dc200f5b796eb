package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
