package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"modernc.org/sqlite"
)

const driverName = "sqlite" // that modernc.org/sqlite registers

// connectRetryDelay is the wait between two attempts to open a connection.
const connectRetryDelay = 10 * time.Millisecond

// connector opens connections to one database. SQLite does not wait for busy_timeout
// while it changes a new file to a write-ahead log, so that of two processes that open
// the same new file one would fail: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode.
// The connector tries again until wait has passed or the context ends.
type connector struct {
	driver driver.Driver
	dsn    string
	wait   time.Duration
}

// openPool returns a pool of connections by the registered driver, which has the
// functions that the host has registered.
func openPool(dsn string, wait time.Duration) (*sql.DB, error) {
	registered, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = registered.Close() }() // it has no connection
	return sql.OpenDB(connector{driver: registered.Driver(), dsn: dsn, wait: wait}), nil
}

func (c connector) Driver() driver.Driver { return c.driver }

// Connect returns a connection whose pragmas have been set.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	for {
		conn, err := c.driver.Open(c.dsn)
		if err == nil || !busy(err) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(connectRetryDelay):
		}
	}
}

// busy reports whether another connection holds a lock:
// https://www.sqlite.org/rescode.html#busy.
func busy(err error) bool {
	const sqliteBusy = 5
	sqliteErr, ok := errors.AsType[*sqlite.Error](err)
	return ok && sqliteErr.Code()&0xff == sqliteBusy
}
