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

// storeID is the name of the row of asset_meta that has the store's random id.
const storeID = "store_id"

// ErrSchema is returned when the schema is not the one that this version of the
// library needs. [Migrate] updates an older one; a newer one needs a newer
// library.
var ErrSchema = errors.New("store: wrong schema version")

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
}

func (e engine) migrationFiles() ([]migration, error) {
	files, err := fs.Glob(Migrations(), path.Join(e.migrationsFolder(), "*.sql")) // sorted
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

// Migrate brings the schema up to date. It applies every missing file in one
// transaction, all or nothing. Several processes may call it at once. The names
// of its tables begin with asset_; it fails if a table of another program has
// one of them. It returns [ErrSchema] if the schema is newer than the library.
func Migrate(ctx context.Context, db *bun.DB) error {
	e, err := engineOf(db)
	if err != nil {
		return err
	}
	all, err := e.migrationFiles()
	if err != nil {
		return err
	}
	if done, err := upToDate(ctx, e, db, len(all)); err != nil || done {
		return err
	}
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
		if err := applyMigrations(ctx, e, tx, all[version:]); err != nil {
			return err
		}
		ready, err := allSearchable(ctx, tx)
		if err != nil || ready {
			return e.translate(err)
		}
		u := &unit{reader{engine: e, db: db, conn: tx, sticky: &stickyError{}}}
		return u.indexAll(ctx)
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
	ready, err := allSearchable(ctx, db)
	return ready, e.translate(err)
}

func applyMigrations(ctx context.Context, e engine, tx bun.Tx, missing []migration) error {
	const table = "CREATE TABLE IF NOT EXISTS asset_schema (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)"
	if _, err := tx.ExecContext(ctx, table); err != nil {
		return e.translate(err)
	}
	for _, m := range missing {
		text, err := fs.ReadFile(Migrations(), m.file)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("store: migration %s: %w", m.file, e.translate(err))
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO asset_schema (version, applied_at) VALUES (?, ?)", m.number, time.Now().UnixMilli())
		if err != nil {
			return e.translate(err)
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO asset_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", storeID, rand.Text())
	return e.translate(err)
}

// schemaVersion returns the number of the last applied file, or 0.
func schemaVersion(ctx context.Context, e engine, db bun.IDB) (int, error) {
	if known, err := e.hasTable(ctx, db, "asset_schema"); err != nil || !known {
		return 0, err
	}
	var version int
	err := db.NewRaw("SELECT coalesce(max(version), 0) FROM asset_schema").Scan(ctx, &version)
	return version, err
}

// checkSchema returns ErrSchema unless the schema is exactly the library's.
func checkSchema(ctx context.Context, e engine, db *bun.DB) error {
	all, err := e.migrationFiles()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, e, db)
	if err != nil {
		return e.translate(err)
	}
	if version < len(all) {
		return fmt.Errorf("%w: the database has %d, this library needs %d; call store.Migrate", ErrSchema, version, len(all))
	}
	if err := refuseNewer(version, len(all)); err != nil {
		return err
	}
	if ready, err := allSearchable(ctx, db); err != nil || !ready {
		return cmp.Or(e.translate(err), fmt.Errorf("%w: older rows are not searchable yet; call store.Migrate", ErrSchema))
	}
	return nil
}

func refuseNewer(version, known int) error {
	if version > known {
		return fmt.Errorf("%w: the database has %d, this library knows %d; use a newer library", ErrSchema, version, known)
	}
	return nil
}
