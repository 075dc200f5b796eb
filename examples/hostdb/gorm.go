package hostdb

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/10ex/assets"
)

// Gorm is a host that uses gorm.
type Gorm struct {
	*Assets
	db     *gorm.DB
	shared *sql.DB
}

// Campaign is a row of the host's table campaigns.
type Campaign struct {
	Name    string `gorm:"primaryKey"`
	AssetID assets.ID
	Version assets.Number
}

// OpenGorm opens a database.
func OpenGorm(ctx context.Context, url string) (*Gorm, error) {
	db, err := gorm.Open(postgres.Open(url), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	shared, err := db.DB()
	if err != nil {
		return nil, err
	}
	a, err := openShared(ctx, shared)
	return &Gorm{a, db, shared}, err
}

// Launch approves a hero and adds its campaign.
func (h *Gorm) Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error {
	return h.db.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		tx, ok := g.Statement.ConnPool.(*sql.Tx) // with gorm.Config.PrepareStmt, take Tx of *gorm.PreparedStmtTX first
		if !ok {
			return fmt.Errorf("hostdb: a transaction of %T, want *sql.Tx", g.Statement.ConnPool)
		}
		if err := h.approve(ctx, tx, by, hero); err != nil {
			return err
		}
		return g.Create(&Campaign{name, hero.ID, hero.Version}).Error
	})
}

// Close closes the database.
func (h *Gorm) Close() error { return h.shared.Close() }
