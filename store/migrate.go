package store

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

//go:embed migrations
var migrationFiles embed.FS

// storeID is the name of the row of asset_meta that has the store's random id.
const storeID = "store_id"

// Migrations returns the SQL files, in one folder for each engine
// (sqlite/0001_init.sql), for hosts that migrate with a tool of their own.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the path is valid
	}
	return sub
}

// migration is one numbered SQL file.
type migration struct {
	number int
	file   string
	text   string
}

// migrations returns the engine's files in a file system such as Migrations.
func (e engine) migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, path.Join(e.migrationsFolder(), "*.sql")) // sorted
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(names))
	for i, name := range names {
		digits, _, _ := strings.Cut(path.Base(name), "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("store: %s is not migration %d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		all[i] = migration{number, name, string(text)}
	}
	return all, nil
}

// Migrate brings the schema up to date. It applies every missing file in one
// transaction, all or nothing. Several processes may call it at once. The names
// of its tables begin with asset_; it fails if a table of another program has
// one of them. It returns [ErrSchema] if the schema is newer than the library.
//
// Migrate then completes older assets: their newest decisions, and the words by which
// they are found, if these have changed. It does so in short transactions, which takes
// some minutes for a million short assets, and logs its progress to slog.Default(). When
// it is interrupted, the next call goes on. Until it is done, stores can be opened and
// used. Some of the older assets then have no LastReview, are not found by LastAction,
// or are missed by searches.
//
// Migrate waits for the write transactions that are open, on Postgres up to a minute,
// and then returns assets.ErrUnavailable. A Store that is open on the database, in any
// process, returns assets.ErrUnavailable for each write afterwards, unless its library
// is one of the new schema.
func Migrate(ctx context.Context, db *bun.DB) error { return migrate(ctx, db, Migrations(), true) }

// MigrateSchema is [Migrate] without the completion of older assets, which it leaves to
// [assets.Library.Run] or to [Store.Fill], so that a server needs not wait for it.
func MigrateSchema(ctx context.Context, db *bun.DB) error {
	return migrate(ctx, db, Migrations(), false)
}

// migrate brings the schema to that of the given files and, if asked, completes rows.
func migrate(ctx context.Context, db *bun.DB, files fs.FS, complete bool) error {
	e, err := engineOf(db)
	if err != nil {
		return err
	}
	all, err := e.migrations(files)
	if err != nil {
		return err
	}
	if done, err := upToDate(ctx, e, db, len(all)); err != nil || done {
		return err
	}
	if err := migrateSchema(ctx, e, db, all); err != nil || !complete {
		return err
	}
	return fill(ctx, e, db, len(all))
}

// migrateSchema applies the missing files.
func migrateSchema(ctx context.Context, e engine, db *bun.DB, all []migration) error {
	waiting, cancel := context.WithTimeout(ctx, defaultLockWait)
	defer cancel()
	t, err := begin(waiting, e, db)
	if err != nil {
		return e.waitError(ctx, err)
	}
	return t.run(ctx, func(tx bun.Tx) error {
		if err := e.lock(ctx, tx, false, lockMigrations); err != nil {
			return e.translate(err)
		}
		version, err := schemaVersion(ctx, e, tx) // again, since another process may have migrated
		if err != nil {
			return e.translate(err)
		}
		if err := refuseNewer(version, len(all)); err != nil {
			return err
		}
		return e.migrationError(applyMigrations(ctx, e, tx, all[version:]))
	})
}

// upToDate reports whether Migrate has nothing to do. It returns ErrSchema if the
// schema is newer.
func upToDate(ctx context.Context, e engine, db *bun.DB, known int) (bool, error) {
	version, err := schemaVersion(ctx, e, db)
	if err != nil || version < known {
		return false, e.translate(err)
	}
	if err := refuseNewer(version, known); err != nil {
		return false, err
	}
	pending, err := anyPending(ctx, db)
	return !pending, e.translate(err)
}

func applyMigrations(ctx context.Context, e engine, tx bun.Tx, missing []migration) error {
	const table = "CREATE TABLE IF NOT EXISTS asset_schema (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)"
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return e.translate(err)
	}
	if err := e.lockSchema(ctx, tx); err != nil {
		return e.translate(err)
	}
	for _, m := range missing {
		if _, err := tx.ExecContext(ctx, m.text); err != nil {
			return fmt.Errorf("store: migration %s: %w", m.file, e.translate(err))
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO asset_schema (version, applied_at) VALUES (?, ?)", m.number, time.Now().UnixMilli())
		if err != nil {
			return e.translate(err)
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", storeID, rand.Text())
	return e.translate(err)
}
