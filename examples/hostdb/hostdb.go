// Package hostdb shows hosts that keep their own tables in the database of the assets,
// on PostgreSQL, one file for each way to reach it: bun, the pool of pgx, database/sql,
// gorm and sqlc. Each launches a campaign: it approves a hero and adds the campaign in
// one transaction, or does neither.
//
// The package is a module of its own, so that importers of package assets do not download
// gorm.
package hostdb

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/versioning"
)

// Assets is what every host has.
type Assets struct {
	Store   *store.Store
	Library *assets.Library
}

// openAssets makes the store and the library on the host's own *bun.DB.
func openAssets(ctx context.Context, db *bun.DB) (*Assets, error) {
	if err := store.Migrate(ctx, db); err != nil { // creates or updates the tables asset_…
		return nil, err
	}
	st, err := store.New(db, store.Options{})
	if err != nil {
		return nil, err
	}
	lib, err := assets.New(assets.Config{
		Store:     st,
		Blobs:     blob.NewMemory(), // in production blob.OpenDir or bucket.New
		Versioner: versioning.Linear{},
		Approver:  approval.Policy{},
	})
	return &Assets{st, lib}, err
}

// openShared is openAssets for a host that does not use bun: the *bun.DB uses the
// connections of the host's *sql.DB.
func openShared(ctx context.Context, db *sql.DB) (*Assets, error) {
	return openAssets(ctx, bun.NewDB(db, pgdialect.New()))
}

// approve approves a hero within the host's transaction.
func (a *Assets) approve(ctx context.Context, tx *sql.Tx, by assets.Actor, hero *assets.Asset) error {
	bound := a.Library.With(a.Store.In(bun.Tx{Tx: tx})) // inside, no other Library
	_, err := bound.Review(ctx, by, hero.ID, assets.Decision{
		Action: assets.ActionApprove, Version: hero.Version, SHA256: hero.Content.SHA256,
	})
	return err
}
