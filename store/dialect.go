package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/10ex/assets"
)

// engine is the kind of database. SQLite and Postgres differ in its methods, in
// plan_postgres.go and in the schema, and nowhere else.
type engine struct{ name dialect.Name }

func engineOf(db *bun.DB) (engine, error) {
	name := db.Dialect().Name()
	if name != dialect.SQLite && name != dialect.PG {
		return engine{}, fmt.Errorf("store: the dialect %s is not supported", name)
	}
	return engine{name}, nil
}

func (e engine) postgres() bool { return e.name == dialect.PG }

// migrationsFolder returns the folder with the engine's schema.
func (e engine) migrationsFolder() string {
	if e.postgres() {
		return "postgres"
	}
	return "sqlite"
}

// oneWriter reports whether only one transaction writes at a time. The Store then
// queues writers itself: SQLite would poll for the file lock, and a few writers
// would wait very long.
func (e engine) oneWriter() bool { return !e.postgres() }

// txOptions returns the options of a write transaction. On Postgres each statement
// sees what was committed before it, and locks are explicit. On SQLite ReadOnly
// only keeps the driver from taking the lock that the DSN's _txlock names.
func (e engine) txOptions() *sql.TxOptions {
	if e.postgres() {
		return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	return &sql.TxOptions{ReadOnly: true}
}

// takeWriteLock makes the deferred transaction that database/sql began on SQLite an
// immediate one, whatever the DSN says. If the first write took the lock, it
// would fail at once when another process had written in between.
func (e engine) takeWriteLock(ctx context.Context, tx bun.Tx) error {
	if e.postgres() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK"); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

// rowID returns the column that has the place of a row.
func (e engine) rowID() string {
	if e.postgres() {
		return "ctid"
	}
	return "rowid"
}

// Names that a transaction locks, besides rows, until it ends.
const (
	lockMigrations = "migrations"
	lockRequest    = "request"  // an idempotency key, also one that has no row yet
	lockExports    = "exports"  // the number of exports of a workspace
	lockMarks      = "marks"    // the recorded marks of the journal
	lockContent    = "content"  // references to content: versions share it, a sweep holds it alone
	lockWebhooks   = "webhooks" // the number of webhooks of a workspace
	lockLinks      = "links"    // the number of review links of a workspace
)

// lock locks a name until the transaction ends; shared locks do not exclude each
// other. It does nothing on SQLite, which has one writer. The lock belongs to the
// transaction: one of the session would outlive it behind pgbouncer.
func (e engine) lock(ctx context.Context, tx bun.IConn, shared bool, name ...string) error {
	if !e.postgres() {
		return nil
	}
	hash := sha256.New()
	for _, part := range name {
		_ = binary.Write(hash, binary.BigEndian, int64(len(part))) // a hash does not fail
		hash.Write([]byte(part))
	}
	function := "pg_advisory_xact_lock"
	if shared {
		function = "pg_advisory_xact_lock_shared"
	}
	number := int64(binary.BigEndian.Uint64(hash.Sum([]byte(nil))))
	_, err := tx.ExecContext(ctx, "SELECT "+function+"("+strconv.FormatInt(number, 10)+")")
	return err
}

// lockRow makes a query lock the rows it finds until the transaction ends.
func (e engine) lockRow(q *bun.SelectQuery) *bun.SelectQuery {
	if e.postgres() {
		return q.For("UPDATE")
	}
	return q
}

// lockFreeRows is lockRow for a query that passes over rows that others have locked.
func (e engine) lockFreeRows(q *bun.SelectQuery) *bun.SelectQuery {
	if e.postgres() {
		return q.For("UPDATE SKIP LOCKED")
	}
	return q
}

// lockVersions locks the versions of an export, so that their approvals cannot
// change before the commit. It waits for transactions that are changing one.
// Every writer locks versions in this order.
func (u *unit) lockVersions(ctx context.Context, id assets.ID) error {
	if !u.engine.postgres() {
		return nil // one writer
	}
	_, err := u.exec(ctx, "SELECT v.number FROM asset_versions AS v JOIN asset_export_entries AS e"+
		" ON v.workspace = e.workspace AND v.asset_id = e.asset_id AND v.number = e.version"+
		" WHERE e.export = ? ORDER BY v.asset_id, v.number FOR SHARE OF v", id)
	return err
}

// transactionOpen reports whether a transaction is still open on the connection.
// SQLite ends it after a full disk or a cancelled INSERT without the knowledge of
// database/sql, and every later statement would then commit by itself. Postgres
// refuses every later statement.
func (e engine) transactionOpen(ctx context.Context, tx *sql.Tx) bool {
	if e.postgres() {
		return true
	}
	_, err := tx.ExecContext(ctx, "BEGIN")
	if err == nil {
		return false
	}
	const sqliteError = 1 // "cannot start a transaction within a transaction"
	return resultCode(err) == sqliteError
}

// canCommit reports whether a COMMIT would commit. On Postgres the COMMIT of a
// failed transaction succeeds and rolls it back.
func (e engine) canCommit(ctx context.Context, tx *sql.Tx) bool {
	if e.postgres() {
		_, err := tx.ExecContext(ctx, "SELECT 1")
		return err == nil
	}
	return e.transactionOpen(ctx, tx)
}

// indexedBy makes SQLite use an index, also on a database that was never analysed.
// Postgres has no such hint: see plan_postgres.go.
func (e engine) indexedBy(index string) string {
	if e.postgres() {
		return ""
	}
	return " INDEXED BY " + index
}

// checkpoint copies SQLite's write-ahead log into the database, beside other writers.
// While a snapshot was open it could only grow. Otherwise the next commit would copy
// it, of whatever length, and all writers would wait for that. If it fails, one does.
func (e engine) checkpoint(ctx context.Context, db *bun.DB) {
	if !e.postgres() {
		_, _ = db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	}
}

// hasTable reports whether a table exists, also if another process has made it
// while this transaction waited for a lock. to_regclass would not see it then: it
// uses the session's cache.
func (e engine) hasTable(ctx context.Context, db bun.IDB, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
	if e.postgres() {
		query = "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = ?"
	}
	var n int
	err := db.NewRaw(query, name).Scan(ctx, &n)
	return n > 0, err
}

// checkUsable returns an error if the database cannot be written, or would alter
// texts. New calls it once.
func (e engine) checkUsable(ctx context.Context, db *bun.DB) error {
	if !e.postgres() {
		return nil
	}
	for _, setting := range []struct{ name, want, why string }{
		{"transaction_read_only", "off", "it is a standby, or default_transaction_read_only is set: name the primary"},
		{"standard_conforming_strings", "on", "texts would not be stored verbatim"},
		{"server_encoding", "UTF8", "it cannot hold every text"},
		{"client_encoding", "UTF8", "texts would not be stored verbatim"},
	} {
		if err := requireSetting(ctx, db, setting.name, setting.why, setting.want); err != nil {
			return err
		}
	}
	return nil
}

// checkDurable returns an error if a power failure could lose a commit.
func (e engine) checkDurable(ctx context.Context, db *bun.DB) error {
	if e.postgres() {
		const why = "acknowledged writes could be lost"
		return errors.Join(
			requireSetting(ctx, db, "fsync", why, "on"),
			requireSetting(ctx, db, "synchronous_commit", why, "on", "local", "remote_write", "remote_apply"),
			e.checkWaitsForStandbys(ctx, db),
		)
	}
	var journal, synchronous string
	if err := db.NewRaw("PRAGMA journal_mode").Scan(ctx, &journal); err != nil {
		return err
	}
	if err := db.NewRaw("PRAGMA synchronous").Scan(ctx, &synchronous); err != nil {
		return err
	}
	const full = 2 // 3 is EXTRA
	if level, _ := strconv.Atoi(synchronous); !strings.EqualFold(journal, "wal") || level < full {
		return fmt.Errorf("store: journal_mode is %s and synchronous %s: acknowledged writes could be lost; "+
			"open the database with store/sqlite, or with _pragma=journal_mode(WAL) and _pragma=synchronous(FULL)",
			journal, synchronous)
	}
	return nil
}

// checkWaitsForStandbys returns an error if commits wait for standbys, but not to the end:
// when statement_timeout ends that wait, Postgres warns, and reports success.
func (e engine) checkWaitsForStandbys(ctx context.Context, db *bun.DB) error {
	var waits bool
	err := db.NewRaw("SELECT current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') <> 'local'").Scan(ctx, &waits)
	if err != nil {
		return unavailable(err)
	}
	if !waits {
		return nil
	}
	return requireSetting(ctx, db, "statement_timeout", "commits that no standby has confirmed would be acknowledged", "0")
}

// requireSetting returns an error unless a setting of Postgres has one of the
// wanted values.
func requireSetting(ctx context.Context, db *bun.DB, name, why string, want ...string) error {
	var got string
	if err := db.NewRaw("SELECT current_setting(?)", name).Scan(ctx, &got); err != nil {
		return unavailable(err)
	}
	for _, value := range want {
		if strings.EqualFold(got, value) {
			return nil
		}
	}
	return fmt.Errorf("store: the database has %s = %s, not %s: %s", name, got, want[0], why)
}
