package sqlite_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

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

// TestLongReadsAreInterrupted: a search, and a list by several fields after its first
// row, end with their context while SQLite is busy. A view with endless rows keeps it
// busy.
func TestLongReadsAreInterruptedHOS06(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		endless string // the table that becomes a view
		filter  assets.Filter
	}{
		"search": {"asset_indexed", assets.Filter{Words: []string{"title"}}},
		"list":   {"asset_tags", assets.Filter{AgentSlug: "writer", Tags: []assets.Tag{{Key: "k"}}}}, // by the index of agents
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := openRelaxed(t)
			update := func(i int, tags assets.Tags) {
				a := sqltest.NewAsset(i)
				a.Tags, a.Provenance.AgentSlug = tags, "writer"
				if err := st.Update(t.Context(), func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) }); err != nil {
					t.Fatal(err)
				}
			}
			update(1, nil)
			update(2, assets.Tags{"k": {"v"}}) // the newest, which is on the page
			for _, statement := range []string{
				"ALTER TABLE " + c.endless + " RENAME TO finite",
				"CREATE VIEW " + c.endless + " AS WITH RECURSIVE endless (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM endless)" +
					" SELECT finite.* FROM finite UNION ALL SELECT finite.* FROM endless CROSS JOIN finite WHERE i < 0",
			} {
				if _, err := st.DB().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if list, err := st.Assets(ctx, "w", c.filter, assets.Window{Limit: 51}); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%d assets, %v", len(list), err)
			}
		})
	}
}
