package sqlite_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/sqlite"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) *sqlite.Store{
		"file": openFile, "memory": openMemory,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, open) })
			t.Run("journal", func(t *testing.T) { t.Parallel(); assetstest.TestJournal(t, open) })
			t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, open) })
			t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, open) })
			t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, open) })
		})
	}
}
