package hostdb

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/10ex/assets"
)

// Bun is a host that uses bun.
type Bun struct {
	*Assets
	db *bun.DB
}

// OpenBun opens a database. A host that has a *bun.DB already begins with openAssets.
func OpenBun(ctx context.Context, url string) (*Bun, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // prepares nothing: bun's statements have their values in them
	db := bun.NewDB(stdlib.OpenDB(*config), pgdialect.New())
	a, err := openAssets(ctx, db)
	return &Bun{a, db}, err
}

// Launch approves a hero and adds its campaign. After a deadlock it runs again.
func (h *Bun) Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error {
	return h.Store.RunInTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		bound := h.Library.With(h.Store.In(tx)) // inside, no other Library
		_, err := bound.Review(ctx, by, hero.ID, assets.Decision{
			Action: assets.ActionApprove, Version: hero.Version, SHA256: hero.Content.SHA256,
		})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO campaigns (name, asset_id, version) VALUES (?, ?, ?)", name, hero.ID, hero.Version)
		return err
	})
}

// Close closes the database.
func (h *Bun) Close() error { return h.db.Close() }
