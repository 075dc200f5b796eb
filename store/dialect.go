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

// engine holds everything in which databases differ: here, in the files named
// dialect_…, and in the schema, and nowhere else.
type engine struct{ name dialect.Name }

func engineOf(db *bun.DB) (engine, error) {
	name := db.Dialect().Name()
	if name != dialect.SQLite && name != dialect.PG {
		return engine{}, fmt.Errorf("store: the dialect %s is not supported", name)
	}
	return engine{name}, nil
}

func (e engine) postgres() bool { return e.name == dialect.PG }

// migrations is the folder with the engine's schema.
func (e engine) migrations() string {
	if e.postgres() {
		return "postgres"
	}
	return "sqlite"
}

// oneWriter: transactions that write take turns; waiting in a queue of our own
// has no tail, unlike polling for the file lock.
func (e engine) oneWriter() bool { return !e.postgres() }

// txOptions of a write transaction. On Postgres each statement sees what was
// committed before it, and rows are locked by name. On SQLite they keep the
// driver from choosing a lock by itself (_txlock); ReadOnly means nothing else.
func (e engine) txOptions() *sql.TxOptions {
	if e.postgres() {
		return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	return &sql.TxOptions{ReadOnly: true}
}

// takeWriteLock turns the deferred transaction that database/sql began on
// SQLite into an immediate one, whatever the DSN says: a lock taken later, by
// the first write, is refused at once when another process has written in
// between.
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

// What may be locked beside rows, by name, until the commit.
const (
	lockMigrations = "migrations"
	lockRequest    = "request" // an idempotency key, existing or not
	lockContent    = "content" // that versions name content: shared by them, a sweep's alone
)

// lock makes others that lock the same name wait until the commit, with
// shared only those that do not share. SQLite has one writer anyway. The lock
// is a transaction's, not a session's: pgbouncer would leave that behind.
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

// lockRow makes a query lock the rows it finds until the commit.
func (e engine) lockRow(q *bun.SelectQuery) *bun.SelectQuery {
	if e.postgres() {
		return q.For("UPDATE")
	}
	return q
}

// lockVersions makes whoever changes the approval of a version in an export
// wait until the commit, after those who are at it. Every writer takes
// versions in this order.
func (u *unit) lockVersions(ctx context.Context, id assets.ID) error {
	if !u.engine.postgres() {
		return nil // one writer
	}
	_, err := u.exec(ctx, "SELECT v.number FROM asset_versions AS v JOIN asset_export_entries AS e"+
		" ON v.workspace = e.workspace AND v.asset_id = e.asset_id AND v.number = e.version"+
		" WHERE e.export = ? ORDER BY v.asset_id, v.number FOR SHARE OF v", id)
	return err
}

// active reports whether a transaction is still open on the connection. On
// SQLite a full disk or a cancelled INSERT ends it behind the back of
// database/sql, and every later statement would then commit by itself;
// Postgres refuses every later statement.
func (e engine) active(ctx context.Context, tx *sql.Tx) bool {
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

// committable reports whether a COMMIT would commit. Postgres answers that of
// a failed transaction by rolling it back.
func (e engine) committable(ctx context.Context, tx *sql.Tx) bool {
	if e.postgres() {
		_, err := tx.ExecContext(ctx, "SELECT 1")
		return err == nil
	}
	return e.active(ctx, tx)
}

// indexedBy makes a query of SQLite use an index, also on a database that was
// never analysed. Postgres has no such hint: see writeForced.
func (e engine) indexedBy(index string) string {
	if e.postgres() {
		return ""
	}
	return " INDEXED BY " + index
}

// hasTable reports whether a table exists, also when another process has made
// it while this transaction waited for a lock: to_regclass would then answer
// from the session's cache.
func (e engine) hasTable(ctx context.Context, db bun.IDB, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
	if e.postgres() {
		query = "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = ?"
	}
	var n int
	err := db.NewRaw(query, name).Scan(ctx, &n)
	return n > 0, err
}

// usable answers an error when the database cannot be written, or not
// verbatim; it is asked once, when a store is made.
func (e engine) usable(ctx context.Context, db *bun.DB) error {
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

// durable answers an error when a commit could be lost with the power.
func (e engine) durable(ctx context.Context, db *bun.DB) error {
	if e.postgres() {
		const why = "acknowledged writes could be lost"
		return errors.Join(
			requireSetting(ctx, db, "fsync", why, "on"),
			requireSetting(ctx, db, "synchronous_commit", why, "on", "local", "remote_write", "remote_apply"),
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

// requireSetting answers an error when a setting of Postgres has none of the
// values wanted.
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
