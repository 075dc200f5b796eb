package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"errors"
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

// storeID is the name of the row of asset_meta with the store's random id.
const storeID = "store_id"

// ErrSchema says that the schema is not the one that this version of the library
// needs. [Migrate] cures an older one, nothing a newer one.
var ErrSchema = errors.New("store: wrong schema version")

// Migrations answers the SQL files, in one folder for each engine
// (sqlite/0001_init.sql), for hosts that migrate with a tool of their own.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // only for a malformed path
	}
	return sub
}

// migration is one numbered SQL file.
type migration struct {
	number int
	file   string
}

func (e engine) all() ([]migration, error) {
	files, err := fs.Glob(Migrations(), path.Join(e.migrations(), "*.sql")) // sorted
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(files))
	for i, file := range files {
		digits, _, _ := strings.Cut(path.Base(file), "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("store: %s is not migration %d", file, i+1)
		}
		all[i] = migration{number, file}
	}
	return all, nil
}

// Migrate brings the schema up to date: every missing file in one transaction,
// all or nothing. Several processes may call it at once. All its tables begin
// with asset_; a foreign one of the same name fails it, as does a newer
// schema ([ErrSchema]).
func Migrate(ctx context.Context, db *bun.DB) error {
	e, err := engineOf(db)
	if err != nil {
		return err
	}
	all, err := e.all()
	if err != nil {
		return err
	}
	if done, err := migrated(ctx, e, db, len(all)); err != nil || done {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, defaultLockWait)
	defer cancel()
	t, err := begin(waiting, e, db)
	if err != nil {
		return e.late(ctx, err)
	}
	return t.run(ctx, func(tx bun.Tx) error {
		if err := e.lock(ctx, tx, false, lockMigrations); err != nil {
			return e.failure(err)
		}
		version, err := schemaVersion(ctx, e, tx) // again: another process may have been first
		if err != nil {
			return e.failure(err)
		}
		if err := newer(version, len(all)); err != nil {
			return err
		}
		if err := apply(ctx, e, tx, all[version:]); err != nil {
			return err
		}
		ready, err := searchable(ctx, tx)
		if err != nil || ready {
			return e.failure(err)
		}
		u := &unit{reader{engine: e, db: db, conn: tx, latch: &latch{}}}
		return u.fill(ctx)
	})
}

// migrated reports whether there is nothing to do.
func migrated(ctx context.Context, e engine, db *bun.DB, known int) (bool, error) {
	version, err := schemaVersion(ctx, e, db)
	if err != nil || version < known {
		return false, e.failure(err)
	}
	if err := newer(version, known); err != nil {
		return false, err
	}
	ready, err := searchable(ctx, db)
	return ready, e.failure(err)
}

func apply(ctx context.Context, e engine, tx bun.Tx, missing []migration) error {
	const table = "CREATE TABLE IF NOT EXISTS asset_schema (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)"
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return e.failure(err)
	}
	for _, m := range missing {
		text, err := fs.ReadFile(Migrations(), m.file)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("store: migration %s: %w", m.file, e.failure(err))
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO asset_schema (version, applied_at) VALUES (?, ?)", m.number, time.Now().UnixMilli())
		if err != nil {
			return e.failure(err)
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", storeID, rand.Text())
	return e.failure(err)
}

// schemaVersion answers the number of the last file applied, 0 for none.
func schemaVersion(ctx context.Context, e engine, db bun.IDB) (int, error) {
	if known, err := e.hasTable(ctx, db, "asset_schema"); err != nil || !known {
		return 0, err
	}
	var version int
	err := db.NewRaw("SELECT coalesce(max(version), 0) FROM asset_schema").Scan(ctx, &version)
	return version, err
}

func checkSchema(ctx context.Context, e engine, db *bun.DB) error {
	all, err := e.all()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, e, db)
	if err != nil {
		return e.failure(err)
	}
	if version < len(all) {
		return fmt.Errorf("%w: the database has %d, this library needs %d; call store.Migrate", ErrSchema, version, len(all))
	}
	if err := newer(version, len(all)); err != nil {
		return err
	}
	if ready, err := searchable(ctx, db); err != nil || !ready {
		return cmp.Or(e.failure(err), fmt.Errorf("%w: older rows are not searchable yet; call store.Migrate", ErrSchema))
	}
	return nil
}

func newer(version, known int) error {
	if version > known {
		return fmt.Errorf("%w: the database has %d, this library knows %d; use a newer library", ErrSchema, version, known)
	}
	return nil
}
