package sqltest

import (
	"os"
	"testing"

	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/store"
)

// CompareLists compares lists among 10,000 assets and among ten times as many, with
// ASSETS_TEST_ALL a hundred times. open returns a fresh store.
func CompareLists(b *testing.B, open func(b *testing.B) *store.Store) {
	b.Helper()
	n := 100_000
	if os.Getenv("ASSETS_TEST_ALL") != "" {
		n = 1_000_000
	}
	small, large := filled(b, open(b), 10_000), filled(b, open(b), n)
	for b.Loop() {
		bulkdata.CompareLists(b, small, large, 100)
	}
}

func filled(b *testing.B, st *store.Store, n int) bulkdata.Filled {
	b.Helper()
	if err := bulkdata.Fill(b.Context(), st, st.DB(), n); err != nil {
		b.Fatal(err)
	}
	if err := bulkdata.Index(b.Context(), st, st.DB()); err != nil {
		b.Fatal(err)
	}
	return bulkdata.Filled{Store: st, Assets: n}
}
