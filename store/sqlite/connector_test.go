package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"modernc.org/sqlite"

	"github.com/10ex/assets/store"
)

// busyDriver fails to open a connection so many times with the error of a locked file.
type busyDriver struct {
	driver.Driver
	err   error
	fails int
}

func (d *busyDriver) Open(dsn string) (driver.Conn, error) {
	if d.fails--; d.fails >= 0 {
		return nil, d.err
	}
	return d.Driver.Open(dsn)
}

// busyError returns the error of a statement that finds the file locked.
func busyError(t *testing.T) error {
	t.Helper()
	dsn, err := fileDSN(filepath.Join(t.TempDir(), "assets.db"), store.Options{LockWait: time.Millisecond}, os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	open := func() *sql.DB {
		pool, err := openPool(dsn, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pool.Close() })
		return pool
	}
	one, two := open(), open()
	tx, err := one.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	_, err = two.BeginTx(t.Context(), nil)
	if !busy(err) {
		t.Fatalf("the file is not locked: %v", err)
	}
	return err
}

func TestConnectWaitsForLock(t *testing.T) {
	t.Parallel()
	locked := busyError(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	other := errors.New("no such file")
	for name, test := range map[string]struct {
		ctx   context.Context
		wait  time.Duration
		err   error
		fails int
		want  error
	}{
		"free after three attempts": {t.Context(), time.Minute, locked, 3, nil},
		"locked for longer":         {t.Context(), time.Millisecond, locked, 1 << 30, locked},
		"the caller does not wait":  {ended, time.Minute, locked, 1 << 30, locked},
		"another error":             {t.Context(), time.Minute, other, 1, other},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &busyDriver{Driver: &sqlite.Driver{}, err: test.err, fails: test.fails}
			conn, err := connector{driver: d, dsn: ":memory:", wait: test.wait}.Connect(test.ctx)
			if !errors.Is(err, test.want) {
				t.Errorf("Connect: %v, want %v", err, test.want)
			}
			if err == nil {
				_ = conn.Close()
			}
		})
	}
}
