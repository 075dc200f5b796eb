package pgtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Count returns the integer that a query selects.
func Count(t testing.TB, url, query string) (n int) {
	t.Helper()
	connected(t, url, func(ctx context.Context, conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&n) })
	return n
}

// Exec runs a statement in a database.
func Exec(t testing.TB, url, query string) {
	t.Helper()
	connected(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		return nil
	})
}

// Script runs statements in a database, as psql does with the output of pg_dump.
func Script(t testing.TB, url, statements string) {
	t.Helper()
	connected(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, statements).ReadAll()
		return err
	})
}

// connected calls use with a connection of its own, and fails the test for its error.
func connected(t testing.TB, url string, use func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx, cancel := detached()
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := use(ctx, conn); err != nil {
		t.Fatal(err)
	}
}

// WaitUnused waits until no client is connected to a database. Whatever a killed
// client had sent is then committed or rolled back.
func WaitUnused(t testing.TB, url string) {
	t.Helper()
	const others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()" +
		" AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		if Count(t, url, others) == 0 {
			tick.Stop()
			return
		}
	}
}
