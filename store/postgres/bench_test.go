package postgres_test

import (
	"errors"
	"os"
	"testing"

	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/internal/testing/pgtest"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/postgres"
)

// BenchmarkLists compares lists among 10,000 assets and among ten times as
// many; with ASSETS_TEST_ALL a hundred times. No table is ever analysed.
func BenchmarkLists(b *testing.B) {
	n := 100_000
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		n = 1_000_000
	}
	small, large := crowded(b, 10_000), crowded(b, n)
	for b.Loop() {
		bulkdata.CompareLists(b, small, large, 100)
	}
}

func crowded(b *testing.B, n int) bulkdata.Filled {
	b.Helper()
	url := pgtest.Database(b)
	if err := postgres.Migrate(b.Context(), url); err != nil {
		b.Fatal(err)
	}
	st, err := postgres.Open(b.Context(), url, store.Options{Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := bulkdata.Fill(b.Context(), st, st.DB(), n); err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(bulkdata.Unsearchable(b.Context(), st.DB()), store.Migrate(b.Context(), st.DB())); err != nil {
		b.Fatal(err)
	}
	return bulkdata.Filled{Store: st, Assets: n}
}
