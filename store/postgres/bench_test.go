package postgres_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// BenchmarkLists compares lists of tables that were never analysed.
func BenchmarkLists(b *testing.B) {
	sqltest.CompareLists(b, func(b *testing.B) *store.Store {
		b.Helper()
		return openURL(b, migrated(b), store.Options{Relaxed: true}).Store
	})
}
