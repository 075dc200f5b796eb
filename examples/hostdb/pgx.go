package hostdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/10ex/assets"
)

// Pgx is a host that uses pgx and its pool, without database/sql.
type Pgx struct {
	*Assets
	pool *pgxpool.Pool
	db   *sql.DB // on the pool's connections
}

// OpenPgx opens a database.
func OpenPgx(ctx context.Context, url string) (*Pgx, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	a, err := openShared(ctx, db)
	return &Pgx{a, pool, db}, err
}

// Launch approves a hero and adds its campaign. The transaction is one of database/sql,
// and pgx works on its connection.
func (h *Pgx) Launch(ctx context.Context, by assets.Actor, name string, hero *assets.Asset) error {
	conn, err := h.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // gives it back to the pool
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = h.approve(ctx, tx, by, hero)
	if err == nil {
		err = onPgx(conn, func(c *pgx.Conn) error {
			_, err := c.Exec(ctx, "INSERT INTO campaigns (name, asset_id, version) VALUES ($1, $2, $3)", name, hero.ID, hero.Version)
			return err
		})
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// onPgx calls fn with the connection of pgx under one of database/sql. A statement of fn is
// part of the transaction that is open on it. fn must not begin or end one.
func onPgx(conn *sql.Conn, fn func(*pgx.Conn) error) error {
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("hostdb: a connection of %T, want one of pgx", driver)
		}
		return fn(c.Conn())
	})
}

// Close closes the database.
func (h *Pgx) Close() error {
	err := h.db.Close()
	h.pool.Close()
	return err
}
