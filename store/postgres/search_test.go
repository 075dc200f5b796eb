package postgres_test

import (
	"testing"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// TestVolumeSearchPlans checks that a page of a search among 100,000 assets is one
// statement that reads the full-text index and looks up its matches, whether the
// tables were analysed or not.
func TestVolumeSearchPlans(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	sqltest.FillSearch(t, st.Store)
	t.Run("never analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	t.Run("analysed", func(t *testing.T) { searchPlans(t, st.DB()) })
}

func searchPlans(t *testing.T, db *bun.DB) {
	t.Helper()
	sqltest.EachSearch(t, sqltest.Searches, func(t *testing.T, s sqltest.Search, read func(assets.Store) error) {
		t.Helper()
		e := explain(t, db, read)
		switch {
		case !e.scans("asset_search_words"), e.maxRows("Seq Scan") >= 0:
			t.Fatalf("%v: the plan does not read the full-text index:\n%s", s.Words, e.text)
		case e.maxRows("Gather") >= 0:
			t.Fatalf("%v: several processes read the index:\n%s", s.Words, e.text)
		case e.read() > float64(2*s.Matches+sqltest.SearchPage): // in the index, in its table, and looked up
			t.Errorf("%v: %v rows were read for %d matches:\n%s", s.Words, e.read(), s.Matches, e.text)
		}
	})
}
