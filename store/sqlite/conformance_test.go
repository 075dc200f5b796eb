package sqlite_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/sqlite"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run("file", func(t *testing.T) { t.Parallel(); conforms(t, openFile) })
}

// TestVolumeConformanceInMemory is without the race detector: the code is that of a file.
func TestVolumeConformanceInMemory(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) { t.Parallel(); conforms(t, openMemory) })
}

// conforms runs every conformance suite for a store.
func conforms(t *testing.T, open func(*testing.T) *sqlite.Store) {
	t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, open) })
	t.Run("journal", func(t *testing.T) { t.Parallel(); assetstest.TestJournal(t, open) })
	t.Run("followers", func(t *testing.T) { t.Parallel(); assetstest.TestFollowers(t, open) })
	t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, open) })
	t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, open) })
	t.Run("archives", func(t *testing.T) {
		t.Parallel()
		assetstest.TestArchives(t, func(t *testing.T) (*sqlite.Store, *blob.Dir) { return open(t), openDir(t) })
	})
	t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, open) })
	t.Run("attestations", func(t *testing.T) { t.Parallel(); assetstest.TestAttestations(t, open) })
	t.Run("webhooks", func(t *testing.T) { t.Parallel(); assetstest.TestWebhooks(t, open) })
	t.Run("purger", func(t *testing.T) { t.Parallel(); assetstest.TestPurger(t, open) })
}

func openDir(t *testing.T) *blob.Dir {
	t.Helper()
	dir, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return dir
}

func TestVerbatimDBF04(t *testing.T) {
	t.Parallel()
	sqltest.Verbatim(t, openMemory)
}

func TestVolumeLargeExportsEXP07(t *testing.T) {
	t.Run("file", func(t *testing.T) { assetstest.TestLargeExports(t, openFile) })
}
