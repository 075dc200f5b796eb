package postgres_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run("store", func(t *testing.T) { t.Parallel(); assetstest.TestStore(t, openFresh) })
	t.Run("journal", func(t *testing.T) { t.Parallel(); assetstest.TestJournal(t, openFresh) })
	t.Run("ledger", func(t *testing.T) { t.Parallel(); assetstest.TestLedger(t, openFresh) })
	t.Run("exports", func(t *testing.T) { t.Parallel(); assetstest.TestExports(t, openFresh) })
	t.Run("keys", func(t *testing.T) { t.Parallel(); assetstest.TestKeys(t, openFresh) })
}
