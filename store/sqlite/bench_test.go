package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func BenchmarkLists(b *testing.B) {
	sqltest.CompareLists(b, func(b *testing.B) *store.Store {
		b.Helper()
		return openPath(b, filepath.Join(b.TempDir(), "assets.db"), store.Options{Relaxed: true}).Store
	})
}
