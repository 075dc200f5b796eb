package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// engine holds everything in which databases differ. There is one so far:
// another one branches here, on the name, and nowhere else.
type engine struct{ name dialect.Name }

func engineOf(db *bun.DB) (engine, error) {
	name := db.Dialect().Name()
	if name != dialect.SQLite {
		return engine{}, fmt.Errorf("store: the dialect %s is not supported", name)
	}
	return engine{name}, nil
}

// migrations is the folder with the engine's schema.
func (engine) migrations() string { return "sqlite" }

// oneWriter: transactions that write take turns; waiting in a queue of our own
// has no tail, unlike polling for the file lock.
func (engine) oneWriter() bool { return true }

// txOptions keep the driver from choosing a lock by itself (_txlock); to
// SQLite, ReadOnly means nothing else.
func (engine) txOptions() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// takeWriteLock turns the deferred transaction that database/sql began into
// an immediate one, whatever the DSN says: a lock taken later, by the first
// write, is refused at once when another process has written in between.
func (engine) takeWriteLock(ctx context.Context, tx bun.Tx) error {
	if _, err := tx.ExecContext(ctx, "ROLLBACK"); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "BEGIN IMMEDIATE")
	return err
}

// active reports whether a transaction is still open on the connection. A
// full disk or a cancelled INSERT ends it behind the back of database/sql, and
// every later statement would then commit by itself.
func (engine) active(ctx context.Context, tx *sql.Tx) bool {
	_, err := tx.ExecContext(ctx, "BEGIN")
	if err == nil {
		return false
	}
	const sqliteError = 1 // "cannot start a transaction within a transaction"
	return resultCode(err) == sqliteError
}

// indexedBy makes a query use an index, also on a database that was never
// analysed.
func (engine) indexedBy(index string) string { return " INDEXED BY " + index }

// hasTable reports whether a table exists.
func (engine) hasTable(ctx context.Context, db bun.IDB, name string) (bool, error) {
	var n int
	err := db.NewRaw("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name).Scan(ctx, &n)
	return n > 0, err
}

// durable answers an error when a commit could be lost with the power.
func (engine) durable(ctx context.Context, db *bun.DB) error {
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

// busy reports that another connection holds the lock, so that nothing was
// done.
func (engine) busy(err error) bool {
	const sqliteBusy, sqliteLocked = 5, 6
	code := resultCode(err)
	return code == sqliteBusy || code == sqliteLocked
}

// damaged reports that trying again will not help: the file is corrupt, or no
// database.
func (engine) damaged(err error) bool {
	const sqliteCorrupt, sqliteNotADB = 11, 26
	code := resultCode(err)
	return code == sqliteCorrupt || code == sqliteNotADB
}

// resultCode answers SQLite's primary result code
// (https://www.sqlite.org/rescode.html), or 0.
func resultCode(err error) int {
	type coded interface {
		error
		Code() int
	}
	if c, ok := errors.AsType[coded](err); ok {
		return c.Code() & 0xff
	}
	return 0
}
