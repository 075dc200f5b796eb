package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

func TestCounts(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		fillCatalog(t, st)
		of := func(pairs ...assets.ValueCount) []assets.ValueCount { return append([]assets.ValueCount{}, pairs...) }
		for _, c := range []struct {
			name     string
			filter   assets.Filter
			frequent int
			want     assets.Counts
		}{
			{"all", assets.Filter{}, 0, assets.Counts{Draft: 4, Archived: 2}},
			{"none", assets.Filter{CampaignID: "none"}, 0, assets.Counts{}},
			{"frequent", assets.Filter{}, 20, assets.Counts{
				Draft: 4, Archived: 2, Agents: of(), Campaigns: of(assets.ValueCount{Value: "c", Count: 6}),
				Types: of(assets.ValueCount{Value: "copy", Count: 3}, assets.ValueCount{Value: "image", Count: 3}),
			}},
			{"the most frequent", assets.Filter{Tags: []assets.Tag{{Key: "channel"}}}, 1, assets.Counts{
				Draft: 4, Archived: 2, Agents: of(), Campaigns: of(assets.ValueCount{Value: "c", Count: 6}),
				Types: of(assets.ValueCount{Value: "copy", Count: 3}),
			}},
			{"a tag and a type", assets.Filter{Tags: []assets.Tag{{Key: "channel", Value: "tv"}}, Types: []assets.Type{assets.TypeImage, assets.TypeCopy}}, 2, assets.Counts{
				Draft: 2, Archived: 1, Agents: of(), Campaigns: of(assets.ValueCount{Value: "c", Count: 3}),
				Types: of(assets.ValueCount{Value: "image", Count: 3}),
			}},
			{"no words", assets.Filter{Words: []string{}}, 1, assets.Counts{Agents: of(), Campaigns: of(), Types: of()}},
		} {
			got, err := st.Counts(t.Context(), "w", c.filter, c.frequent)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
			}
		}
	})
}
