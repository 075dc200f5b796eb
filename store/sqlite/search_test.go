package sqlite_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
)

// TestVolumeSearchPlans checks that a page of a search among 100,000 assets is one
// statement that reads the full-text index and looks up its matches.
func TestVolumeSearchPlans(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	sqltest.FillSearch(t, st.Store)
	want := []string{
		"SCAN s VIRTUAL TABLE INDEX",
		"SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		"SEARCH a USING INDEX asset_perspectives_id (workspace=? AND perspective=? AND id=?)",
		"USE TEMP B-TREE FOR ORDER BY",
	}
	searches := append(sqltest.Searches, sqltest.Search{Words: []string{"common"}, Page: sqltest.SearchPage, Matches: 100_000})
	sqltest.EachSearch(t, searches, func(t *testing.T, s sqltest.Search, read func(assets.Store) error) {
		t.Helper()
		steps := planOf(t, st.DB(), read)
		for i, step := range want {
			if len(steps) != len(want) || !strings.HasPrefix(steps[i], step) {
				t.Fatalf("%v: the plan is\n%s\nwant\n%s", s.Words, strings.Join(steps, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}
