package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

func TestPooled(t *testing.T) {
	t.Parallel()
	url := pgtest.Pooled(t, pgtest.Database(t))
	for range 5 { // more clients than the pool has connections
		config, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeExec // nothing is prepared
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		var name string
		if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil || name != config.Database {
			t.Errorf("current_database is %q, %v; want %q", name, err, config.Database)
		}
	}
}
