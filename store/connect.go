package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// maxConnects is how often a connection is taken from the pool before the database
// counts as unavailable.
const maxConnects = 100

// connected runs fn, which takes a connection from the pool, again if that connection was
// closed before anything ran on it. A statement that is interrupted closes its connection,
// and the pool gives that to the next in line. database/sql tries three times, which
// is not enough beside many clients that hang up.
func connected(ctx context.Context, fn func() error) error {
	var err error
	for range maxConnects {
		if err = fn(); !errors.Is(err, driver.ErrBadConn) || ctx.Err() != nil {
			return err
		}
	}
	return err
}
