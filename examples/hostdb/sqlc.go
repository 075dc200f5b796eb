package hostdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/10ex/assets"
	"github.com/10ex/assets/examples/hostdb/internal/campaigns"
)

// Sqlc is a host whose queries sqlc has generated, for database/sql. For pgx, give
// onPgx's connection to New.
type Sqlc struct {
	*Assets
	db      *sql.DB
	queries *campaigns.Queries
}

// OpenSqlc opens a database.
func OpenSqlc(ctx context.Context, url string) (*Sqlc, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	a, err := openShared(ctx, db)
	return &Sqlc{a, db, campaigns.New(db)}, err
}

// Launch approves a hero and adds its campaign.
func (h *Sqlc) Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = h.approve(ctx, tx, by, hero)
	if err == nil {
		err = h.queries.WithTx(tx).AddCampaign(ctx, campaigns.AddCampaignParams{
			Name: name, AssetID: string(hero.ID), Version: int64(hero.Version),
		})
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close closes the database.
func (h *Sqlc) Close() error { return h.db.Close() }
