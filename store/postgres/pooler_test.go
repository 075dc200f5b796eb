package postgres_test

import (
	"sync"
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// TestDBF08TransactionPooling: the suites, migration too, pass where each
// transaction may meet another session.
func TestDBF08TransactionPooling(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) *postgres.Store {
		t.Helper()
		url := pgtest.Pooled(t, pgtest.Database(t))
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := postgres.Migrate(t.Context(), url); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return openURL(t, url, store.Options{Relaxed: true})
	}
	t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, open) })
	t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, open) })
	t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, open) })
	t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, open) })
}
