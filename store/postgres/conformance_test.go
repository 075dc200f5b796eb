package postgres_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/postgres"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, openFresh) })
	t.Run("journal", func(t *testing.T) { t.Parallel(); assetstest.TestJournal(t, openFresh) })
	t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, openFresh) })
	t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, openFresh) })
	t.Run("archives", func(t *testing.T) {
		t.Parallel()
		assetstest.TestArchives(t, func(t *testing.T) (*postgres.Store, *blob.Bucket) { return openFresh(t), blob.NewMemory() })
	})
	t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, openFresh) })
}

func TestVolumeEXP07LargeExports(t *testing.T) { assetstest.TestLargeExports(t, openFresh) }
