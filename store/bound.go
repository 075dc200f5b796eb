package store

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// In binds the store to a transaction of the host. Reads see its writes. Update is
// a savepoint, runs its function once, and takes effect when the host commits.
// After a call that fails the transaction stays usable, unless the database has
// rolled all of it back or the connection is lost: then every later call fails.
// On Postgres a context that ends during a statement closes the connection.
//
// A host that does not use bun passes its own transaction of database/sql as
// bun.Tx{Tx: tx}. Nothing else of the bun.Tx is used.
func (s *Store) In(tx bun.Tx) assets.Store {
	return &bound{reader: reader{engine: s.engine, hot: s.hot, db: s.db, conn: tx.Tx}, store: s, tx: tx.Tx}
}

// bound is a store within a transaction of the host.
type bound struct {
	reader
	store *Store
	tx    *sql.Tx
}

// View implements [assets.Store]: the transaction is the snapshot. On Postgres it
// is one only if the host began it at REPEATABLE READ.
func (b *bound) View(_ context.Context, fn func(assets.Snapshot) error) error { return fn(b.reader) }

// MaxSearches implements [assets.Store]: a search does not wait for others while it
// holds the host's transaction.
func (b *bound) MaxSearches() int { return 0 }

// Update implements [assets.Store] with a savepoint. Savepoints may have the same
// name: a statement refers to the innermost.
func (b *bound) Update(ctx context.Context, fn func(assets.Tx) error) error {
	detached := context.WithoutCancel(ctx)
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if !b.engine.transactionOpen(detached, b.tx) {
		b.endTransaction()
		return unavailable(errEnded)
	}
	if err := b.exec(detached, "SAVEPOINT asset_call"); err != nil {
		return err
	}
	open := true
	defer func() {
		if open { // fn failed or panicked
			b.rollbackToSavepoint(detached)
		}
	}()
	if err := b.store.checkUnchanged(ctx, b.tx); err != nil {
		return err
	}
	if err := b.store.unit(b.tx).run(fn); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	open = false
	if err := b.exec(detached, "RELEASE SAVEPOINT asset_call"); err != nil {
		b.endTransaction()
		return err
	}
	return nil
}

// rollbackToSavepoint undoes what the call wrote. If there is no savepoint, the
// database has rolled the whole transaction back.
func (b *bound) rollbackToSavepoint(ctx context.Context) {
	err := b.exec(ctx, "ROLLBACK TO SAVEPOINT asset_call")
	if err == nil {
		err = b.exec(ctx, "RELEASE SAVEPOINT asset_call")
	}
	if err != nil {
		b.endTransaction()
	}
}

// endTransaction ends the host's transaction for database/sql too. Otherwise the
// host's next statement would commit by itself.
func (b *bound) endTransaction() { _ = b.tx.Rollback() }

func (b *bound) exec(ctx context.Context, query string) error {
	_, err := b.tx.ExecContext(ctx, query)
	return b.engine.translate(err)
}
