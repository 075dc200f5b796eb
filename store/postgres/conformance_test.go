package postgres_test

import (
	"os"
	"sync"
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conforms(t, openFresh)
}

// TestVolumeTransactionPoolingDBF08 runs every suite, and the migration, through
// pgbouncer in transaction mode, where each transaction may get another session.
func TestVolumeTransactionPoolingDBF08(t *testing.T) {
	t.Parallel()
	conforms(t, func(t *testing.T) *postgres.Store {
		t.Helper()
		return openURL(t, pgtest.Pooled(t, migrated(t)), store.Options{Relaxed: true})
	})
	t.Run("migration", func(t *testing.T) {
		t.Parallel()
		sqltest.MustPut(t, migratePooled(t), 0)
	})
}

// TestVolumeVersions runs this package's tests, also those of plans and migrations, on
// other versions of PostgreSQL. Those of pgbouncer and the largest are left out, and unless
// ASSETS_TEST_ALL is 1 also those plans whose tables take longest to fill.
func TestVolumeVersions(t *testing.T) {
	skip := "^TestVolume(Versions|TransactionPooling|LargeExports|LongTexts)"
	if os.Getenv("ASSETS_TEST_ALL") != "1" {
		skip += "|^TestVolume(History|Review|Search)Plans|^TestVolumeListPlans$/^analysed$"
	}
	pgtest.Versions(t, ".", skip)
}

// conforms runs every conformance suite for a store.
func conforms(t *testing.T, open func(t *testing.T) *postgres.Store) {
	t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, open) })
	t.Run("journal", func(t *testing.T) { t.Parallel(); assetstest.TestJournal(t, open) })
	t.Run("followers", func(t *testing.T) { t.Parallel(); assetstest.TestFollowers(t, open) })
	t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, open) })
	t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, open) })
	t.Run("archives", func(t *testing.T) {
		t.Parallel()
		assetstest.TestArchives(t, func(t *testing.T) (*postgres.Store, *blob.Memory) { return open(t), blob.NewMemory() })
	})
	t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, open) })
	t.Run("attestations", func(t *testing.T) { t.Parallel(); assetstest.TestAttestations(t, open) })
	t.Run("webhooks", func(t *testing.T) { t.Parallel(); assetstest.TestWebhooks(t, open) })
	t.Run("purger", func(t *testing.T) { t.Parallel(); assetstest.TestPurger(t, open) })
	t.Run("COMMIT under a cancelled context", func(t *testing.T) {
		t.Parallel()
		sqltest.CancelDuringCommit(t, open(t))
	})
}

// migratePooled opens a fresh database through pgbouncer. Three migrations of it run at
// once.
func migratePooled(t *testing.T) *postgres.Store {
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

func TestVerbatimDBF04(t *testing.T) {
	t.Parallel()
	sqltest.Verbatim(t, openFresh)
}

func TestVolumeLargeExportsEXP07(t *testing.T) { assetstest.TestLargeExports(t, openFresh) }
