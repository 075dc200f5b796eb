package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	modernc "modernc.org/sqlite"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// faults make COMMIT and ROLLBACK fail on the connections of a pool.
type faults struct {
	driver.Connector
	commit   atomic.Pointer[error] // of the next COMMIT
	keep     atomic.Bool           // the failing COMMIT takes effect all the same
	rollback atomic.Bool           // the next ROLLBACK fails and leaves the transaction open
	opened   atomic.Int32

	statement atomic.Pointer[string] // the next that begins so fails, and does not run
	prepared  atomic.Int32           // statements
	direct    sync.Map               // the texts of statements that ran without being prepared
}

func (f *faults) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	f.opened.Add(1)
	return &faultyConn{conn.(sqliteConn), f}, nil
}

// sqliteConn has the interfaces of a connection that database/sql uses.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type faultyConn struct {
	sqliteConn
	faults *faults
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.faults.prepared.Add(1)
	return c.sqliteConn.PrepareContext(ctx, query)
}

func (c *faultyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if begins := c.faults.statement.Load(); begins != nil && strings.HasPrefix(query, *begins) {
		c.faults.statement.Store(nil)
		return nil, errors.New("disk I/O error")
	}
	c.faults.direct.Store(query, true)
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c *faultyConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.faults.direct.Store(query, true)
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.sqliteConn.BeginTx(ctx, opts)
	return &faultyTx{tx, c.faults}, err
}

type faultyTx struct {
	driver.Tx
	faults *faults
}

func (t *faultyTx) Commit() error {
	fault := t.faults.commit.Swap(nil)
	if fault == nil {
		return t.Tx.Commit()
	}
	if t.faults.keep.Load() {
		return errors.Join(*fault, t.Tx.Commit())
	}
	return errors.Join(*fault, t.Tx.Rollback())
}

func (t *faultyTx) Rollback() error {
	if t.faults.rollback.Swap(false) {
		return errors.New("ROLLBACK failed")
	}
	return t.Tx.Rollback()
}

func openFaulty(t *testing.T) (*store.Store, *faults) {
	t.Helper()
	dsn := filepath.Join(t.TempDir(), "assets.db") + "?_pragma=busy_timeout(100)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	connector, err := modernc.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{Connector: connector}
	db := bun.NewDB(sql.OpenDB(f), sqlitedialect.New())
	t.Cleanup(func() { _ = db.Close() })
	if err := store.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	st, err := store.New(db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return st, f
}

// busy is SQLite's error of a COMMIT that could not begin.
type busy struct{ error }

func (busy) Code() int { return 5 }

func TestCommitFailsDBF02(t *testing.T) {
	t.Parallel()
	for name, kept := range map[string]bool{"and did not happen": false, "and happened": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, f := openFaulty(t)
			f.keep.Store(kept)
			fault := errors.New("disk I/O error")
			f.commit.Store(&fault)
			err := sqltest.Put(t.Context(), st, 0)
			if !errors.Is(err, assets.ErrOutcomeUnknown) || !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, fault) {
				t.Errorf("got %v, want ErrOutcomeUnknown", err)
			}
			sqltest.MustPut(t, st, 1)
			if kept {
				sqltest.CheckStored(t, st, 2, 0, 1)
			} else {
				sqltest.CheckStored(t, st, 2, 1)
			}
		})
	}
}

func TestBusyCommitIsNotUnknown(t *testing.T) {
	t.Parallel()
	st, f := openFaulty(t)
	var fault error = busy{errors.New("database is locked")}
	f.commit.Store(&fault)
	err := sqltest.Put(t.Context(), st, 0)
	sqltest.CheckUnavailable(t, err)
	if errors.Is(err, assets.ErrOutcomeUnknown) {
		t.Errorf("%v: nothing was committed, and that is known", err)
	}
	sqltest.CheckStored(t, st, 1)
}

func TestConnectionIsDiscardedWhenRollbackFails(t *testing.T) {
	t.Parallel()
	st, f := openFaulty(t)
	st.DB().SetMaxOpenConns(1)
	opened := f.opened.Load()
	f.rollback.Store(true)
	refused := errors.New("refused")
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		return errors.Join(tx.PutAsset(t.Context(), sqltest.NewAsset(0), nil), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	sqltest.CheckStored(t, st, 1) // a connection with the open transaction would read it
	sqltest.MustPut(t, st, 1)
	if f.opened.Load() == opened {
		t.Error("the connection is still in use")
	}
}

func TestCancelDuringCommit(t *testing.T) {
	t.Parallel()
	st, _ := openFaulty(t)
	sqltest.CancelDuringCommit(t, st)
}
