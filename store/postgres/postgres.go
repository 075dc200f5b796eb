// Package postgres opens a [store.Store] on PostgreSQL 14 or later, with the pgx
// driver and the settings that it needs. It works behind pgbouncer in transaction
// mode: it uses no lock or setting of a session and no prepared statement.
//
// The one rule to know: Open never changes the schema. Call [Migrate] first, once
// for each release, from one process or from several.
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
// with several hosts, target_session_attrs=read-write finds the primary). The
// search_path of the connection determines the schema that has the tables.
//
// It returns [store.ErrSchema] if the schema is not up to date, and an error if the
// server cannot be written, such as a standby, if it may lose acknowledged commits
// and Options.Relaxed is not set, or if a connection has settings with which texts
// would not be stored unchanged.
//
// The pool has at most 16 connections, or 4 for each core if that is more.
// DB().SetMaxOpenConns and similar methods change that.
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
func Migrate(ctx context.Context, dsn string) error { return migrate(ctx, dsn, store.Migrate) }

// MigrateSchema is Migrate without the completion of older assets: see
// [store.MigrateSchema].
func MigrateSchema(ctx context.Context, dsn string) error {
	return migrate(ctx, dsn, store.MigrateSchema)
}

func migrate(ctx context.Context, dsn string, do func(context.Context, *bun.DB) error) error {
	db, err := connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, db), db.Close())
}

// Close closes the connections.
func (s *Store) Close() error { return s.DB().Close() }

func connect(ctx context.Context, dsn string) (*bun.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err) // pgx leaves the password out
	}
	// bun writes arguments into the text of a statement: nothing is prepared.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(verbatim), stdlib.OptionResetSession(stillVerbatim))
	connections := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("postgres: %w", err), pool.Close())
	}
	return bun.NewDB(pool, pgdialect.New(), bun.WithDiscardUnknownColumns()), nil // which a newer program has added
}

// verbatim returns an error if a connection would read a literal differently from
// what bun writes: a backslash would begin an escape.
func verbatim(_ context.Context, conn *pgx.Conn) error {
	for name, want := range map[string]string{"standard_conforming_strings": "on", "client_encoding": "UTF8"} {
		if got := conn.PgConn().ParameterStatus(name); got != want {
			return fmt.Errorf("postgres: the connection has %s = %s, not %s: texts would not be stored verbatim", name, got, want)
		}
	}
	return nil
}

// stillVerbatim discards a connection whose last user has changed these settings.
// The server reports them with each change, so that this costs no query.
func stillVerbatim(ctx context.Context, conn *pgx.Conn) error {
	if verbatim(ctx, conn) != nil {
		return driver.ErrBadConn
	}
	return nil
}
