package pgtest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// WaitUnused waits until nobody but the caller is connected to a database: what
// a killed client had sent is then done or undone.
func WaitUnused(t testing.TB, url string) {
	t.Helper()
	ctx, cancel := lastly()
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		var others int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"+
			" AND pid <> pg_backend_pid() AND backend_type = 'client backend'").Scan(&others); err != nil {
			t.Fatal(err)
		}
		if others == 0 {
			tick.Stop()
			return
		}
	}
}
