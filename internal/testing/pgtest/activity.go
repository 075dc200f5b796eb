package pgtest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Count answers the number that a query of a database answers.
func Count(t testing.TB, url, query string) (n int) {
	t.Helper()
	ctx, cancel := lastly()
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// WaitUnused waits until nobody but the caller is connected to a database: what
// a killed client had sent is then done or undone.
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
