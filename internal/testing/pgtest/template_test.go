package pgtest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/10ex/assets/internal/testing/pgtest"
)

var migrations atomic.Int32

// migrate is what every test of this process passes to Migrated.
func migrate(ctx context.Context, url string) error {
	migrations.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE TABLE migrated (a TEXT); INSERT INTO migrated VALUES ('from the template')")
	return errors.Join(err, conn.Close(ctx))
}

func TestMigrated(t *testing.T) {
	t.Parallel()
	const rows = "SELECT count(*) FROM migrated"
	for range 3 {
		t.Run("copy", func(t *testing.T) {
			t.Parallel()
			url := pgtest.Migrated(t, migrate)
			if n := pgtest.Count(t, url, rows); n != 1 {
				t.Errorf("%d rows, want the template's", n)
			}
			pgtest.Exec(t, url, "INSERT INTO migrated VALUES ('of this copy')")
			if n := pgtest.Count(t, url, rows); n != 2 {
				t.Errorf("%d rows, want the template's and this test's own", n)
			}
		})
	}
	t.Cleanup(func() {
		if n := migrations.Load(); n > 1 {
			t.Errorf("migrate ran %d times, want once", n)
		}
	})
}
