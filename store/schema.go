package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// ErrSchema is returned when the schema is not the one that this version of the
// library needs. [Migrate] updates an older one; a newer one needs a newer
// library.
var ErrSchema = errors.New("store: wrong schema version")

// ErrNoSchema is the [ErrSchema] of a database that has no schema yet.
var ErrNoSchema = fmt.Errorf("%w: the database has no tables of this library; call store.Migrate", ErrSchema)

// maxSchemaWait limits how long Migrate waits on Postgres for transactions that use
// the tables. Everybody who needs a table that it waits for waits behind it. It is
// above the time that the Library allows a write transaction.
const maxSchemaWait = time.Minute

// checkSchema returns ErrSchema unless the schema is the one with the number.
func checkSchema(ctx context.Context, e engine, db *bun.DB, known int) error {
	version, err := schemaVersion(ctx, e, db)
	switch {
	case err != nil:
		return e.translate(err)
	case version == 0:
		return ErrNoSchema
	case version < known:
		return fmt.Errorf("%w: the database has %d, this library needs %d; call store.Migrate", ErrSchema, version, known)
	}
	return refuseNewer(version, known)
}

// schemaVersion returns the number of the last applied file, or 0.
func schemaVersion(ctx context.Context, e engine, db bun.IDB) (int, error) {
	if known, err := e.hasTable(ctx, db, "asset_schema"); err != nil || !known {
		return 0, err
	}
	return appliedVersion(ctx, db)
}

// appliedVersion is schemaVersion for a database that has the table.
func appliedVersion(ctx context.Context, conn bun.IConn) (version int, err error) {
	err = conn.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM asset_schema").Scan(&version)
	return version, err
}

func refuseNewer(version, known int) error {
	if version > known {
		return fmt.Errorf("%w: the database has %d, this library knows %d; use a newer library", ErrSchema, version, known)
	}
	return nil
}

// checkUnchanged returns ErrSchema, wrapped in ErrUnavailable, if the schema is not the
// one that the Store was made for: a program of another version has migrated it, or a
// backup was restored. It begins every write transaction. Migrate then waits for the
// end of the transaction: on SQLite for the write lock, and on Postgres because the
// SELECT keeps its lock of the table. See lockSchema.
func (s *Store) checkUnchanged(ctx context.Context, conn bun.IConn) error {
	r := s.reader
	r.conn = conn
	var version int
	if err := r.read(ctx, &version, r.hot.schemaVersion); err != nil || version == s.schema {
		return err
	}
	s.schemaChanged.Do(func() {
		s.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelError,
			"the schema of the database is not the one of this program: every write is refused; replace the program by the newest version, or restart it",
			slog.Int("database", version), slog.Int("program", s.schema))
	})
	return unavailable(fmt.Errorf("%w: the database has %d now, this program was started with %d; replace or restart it",
		ErrSchema, version, s.schema))
}

// appliedRow is a row of asset_schema.
type appliedRow struct {
	bun.BaseModel `bun:"table:asset_schema"`

	Version   int         `bun:"version"`
	AppliedAt assets.Time `bun:"applied_at"`
}

// lockSchema waits for the write transactions that are open and makes new ones wait
// until the transaction ends. They then see the new schema, since each statement has
// a snapshot of its own. On SQLite the transaction has the write lock, and one with
// an older snapshot cannot write.
func (e engine) lockSchema(ctx context.Context, tx bun.Tx) error {
	if !e.postgres() {
		return nil
	}
	// The setting ends with the transaction. If the context ended the wait instead,
	// the server process behind a pgbouncer would go on waiting.
	timeout := fmt.Sprintf("SELECT set_config('lock_timeout', '%d', true)", maxSchemaWait.Milliseconds())
	for _, query := range []string{timeout, "LOCK TABLE asset_schema IN ACCESS EXCLUSIVE MODE"} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return hideFromSnapshots(ctx, tx)
}

// hideFromSnapshots makes asset_schema empty for snapshots that are older than the
// transaction, such as that of a host's transaction at REPEATABLE READ, in which
// checkUnchanged would otherwise see the old schema. TRUNCATE does that:
// https://www.postgresql.org/docs/current/mvcc-caveats.html.
func hideFromSnapshots(ctx context.Context, tx bun.Tx) error {
	var rows []appliedRow
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil || len(rows) == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, "TRUNCATE asset_schema"); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// migrationError explains an error of lockSchema or of a statement after it.
func (e engine) migrationError(err error) error {
	const lockNotAvailable = "55P03"
	if sqlState(err) == lockNotAvailable {
		return fmt.Errorf("store: other transactions kept the tables locked for %s; end those that are idle or long and migrate again: %w", maxSchemaWait, err)
	}
	return err
}
