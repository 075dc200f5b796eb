package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// In binds the store to a transaction of the host's: reads see its writes, and
// Update is a savepoint of one attempt that the host commits. A call that is
// refused leaves the transaction usable; only when the database itself has
// undone the whole transaction, or the connection is lost, does everything
// later in it fail. On Postgres a context that ends during a statement costs
// the connection.
func (s *Store) In(tx bun.Tx) assets.Store {
	return &bound{reader: reader{engine: s.engine, db: s.db, conn: tx}, store: s, tx: tx}
}

type bound struct {
	reader
	store *Store
	tx    bun.Tx
}

// View reads within the transaction: that is its snapshot. On Postgres it is
// one only when the host began it at REPEATABLE READ.
func (b *bound) View(_ context.Context, fn func(assets.Snapshot) error) error { return fn(b.reader) }

// Update is a savepoint. On Postgres and SQLite alike its name may repeat: the
// innermost is meant.
func (b *bound) Update(ctx context.Context, fn func(assets.Tx) error) error {
	detached := context.WithoutCancel(ctx)
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if !b.engine.active(detached, b.tx.Tx) {
		b.abandon()
		return unavailable(errEnded)
	}
	if err := b.exec(detached, "SAVEPOINT asset_call"); err != nil {
		return err
	}
	open := true
	defer func() {
		if open { // fn failed or panicked
			b.undo(detached)
		}
	}()
	if err := b.store.unit(b.tx).run(fn); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	open = false
	if err := b.exec(detached, "RELEASE SAVEPOINT asset_call"); err != nil {
		b.abandon()
		return err
	}
	return nil
}

// undo takes back what the call wrote. No savepoint to go back to means that
// the database has undone the whole transaction.
func (b *bound) undo(ctx context.Context) {
	err := b.exec(ctx, "ROLLBACK TO SAVEPOINT asset_call")
	if err == nil {
		err = b.exec(ctx, "RELEASE SAVEPOINT asset_call")
	}
	if err != nil {
		b.abandon()
	}
}

// abandon ends the host's transaction for database/sql too, so that the host's
// next statement fails rather than commit by itself.
func (b *bound) abandon() { _ = b.tx.Tx.Rollback() }

func (b *bound) exec(ctx context.Context, query string) error {
	_, err := b.tx.ExecContext(ctx, query)
	return b.engine.failure(err)
}
