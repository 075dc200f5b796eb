package hostdb

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"github.com/10ex/assets"
)

// DatabaseSQL is a host that uses database/sql.
type DatabaseSQL struct {
	*Assets
	db *sql.DB
}

// OpenDatabaseSQL opens a database.
func OpenDatabaseSQL(ctx context.Context, url string) (*DatabaseSQL, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	a, err := openShared(ctx, db)
	return &DatabaseSQL{a, db}, err
}

// Launch approves a hero and adds its campaign.
func (h *DatabaseSQL) Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = h.approve(ctx, tx, by, hero)
	if err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO campaigns (name, asset_id, version) VALUES ($1, $2, $3)", name, hero.ID, hero.Version)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close closes the database.
func (h *DatabaseSQL) Close() error { return h.db.Close() }
