package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestMigrateIsCutMIG01 closes the connection of a running migration, as the death of
// its process or of the server does: the database has the old schema or the new
// one, and the next attempt completes it.
func TestMigrateIsCutMIG01(t *testing.T) {
	t.Parallel()
	all, cut := len(sqltest.Tables(t, pool(t, migrated(t)))), 0
	for i := range 8 {
		url := pgtest.Database(t)
		watcher := pool(t, url)
		watcher.SetMaxOpenConns(1)
		ctx, stop := context.WithCancel(t.Context())
		watched := make(chan error)
		go func() { watched <- closeOther(ctx, watcher, time.Duration(i)*3*time.Millisecond) }()
		err := postgres.Migrate(t.Context(), url)
		stop()
		if err := <-watched; err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		n := len(sqltest.Tables(t, pool(t, url)))
		if n != 0 && n != all || err == nil && n != all {
			t.Errorf("cut after %d ms: %d tables, want all %d or none; %v", 3*i, n, all, err)
		}
		if err != nil {
			cut++
		}
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatalf("the next attempt: %v", err)
		}
		sqltest.MustPut(t, openURL(t, url, store.Options{Relaxed: true}), 0)
	}
	if cut == 0 {
		t.Error("no migration was cut: the test shows nothing")
	}
}

// closeOther waits until the database has another connection, then for a while, and
// closes that connection.
func closeOther(ctx context.Context, db *bun.DB, later time.Duration) error {
	for {
		var pids []int
		err := db.NewRaw("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"+
			" AND pid <> pg_backend_pid() AND backend_type = 'client backend'").Scan(ctx, &pids)
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			continue
		}
		<-time.After(later)
		_, err = db.ExecContext(ctx, "SELECT pg_terminate_backend(?)", pids[0])
		return err
	}
}
