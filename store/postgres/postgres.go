// Package postgres opens a [store.Store] on PostgreSQL 14 or later, with the pgx
// driver and the settings that it needs. It works behind pgbouncer in
// transaction mode: no session lock, no SET, no prepared statement.
//
// The one rule to know: Open never changes the schema. Call [Migrate] first,
// once for each release, from one process or from all of them.
package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/10ex/assets/store"
)

// Store is a store that owns its connections.
type Store struct{ *store.Store }

// Open opens the database that dsn names, as a URL or in key=value form
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING;
// with several hosts, target_session_attrs=read-write finds the primary).
// Tables are found, and made, by the search_path of the connection.
//
// It refuses a schema that is not up to date with [store.ErrSchema], a server
// that cannot be written, such as a standby, one that may lose acknowledged
// commits unless Options.Relaxed, and every connection on which a text could be
// read otherwise than it was written.
//
// The pool has at most 16 connections, or 4 for each core: DB().SetMaxOpenConns
// and its like size it.
func Open(ctx context.Context, dsn string, opts store.Options) (*Store, error) {
	db, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	s, err := store.New(db, opts)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{s}, nil
}

// Migrate brings the schema of the database that dsn names up to date: see
// [store.Migrate].
func Migrate(ctx context.Context, dsn string) error {
	db, err := connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(store.Migrate(ctx, db), db.Close())
}

// Close closes the connections.
func (s *Store) Close() error { return s.DB().Close() }

func connect(ctx context.Context, dsn string) (*bun.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err) // without the password
	}
	// Arguments are in the text of a statement: nothing is prepared.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(verbatim), stdlib.OptionResetSession(stillVerbatim))
	connections := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: %w", err), pool.Close())
	}
	return bun.NewDB(pool, pgdialect.New()), nil
}

// verbatim refuses a connection on which a literal means something else than
// bun writes: a backslash would begin an escape.
func verbatim(_ context.Context, conn *pgx.Conn) error {
	for name, want := range map[string]string{"standard_conforming_strings": "on", "client_encoding": "UTF8"} {
		if got := conn.PgConn().ParameterStatus(name); got != want {
			return fmt.Errorf("postgres: the connection has %s = %s, not %s: texts would not be stored verbatim", name, got, want)
		}
	}
	return nil
}

// stillVerbatim discards a connection that its last user has set otherwise. The
// server has told: nothing is asked.
func stillVerbatim(ctx context.Context, conn *pgx.Conn) error {
	if verbatim(ctx, conn) != nil {
		return driver.ErrBadConn
	}
	return nil
}
