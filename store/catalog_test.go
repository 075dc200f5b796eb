package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

func TestCount(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		fillCatalog(t, st)
		for _, c := range []struct {
			name   string
			filter assets.Filter
			want   int64
		}{
			{"all", assets.Filter{}, 6},
			{"approved", assets.Filter{Approved: true}, 3},
			{"statuses", assets.Filter{Statuses: []assets.Status{assets.StatusDraft, assets.StatusArchived}}, 6},
			{"a value twice", assets.Filter{Types: []assets.Type{assets.TypeCopy, assets.TypeCopy}}, 3},
			{"tag", assets.Filter{Tags: []assets.Tag{{Key: "channel", Value: "web"}}}, 3},
			{"any value of a tag", assets.Filter{Tags: []assets.Tag{{Key: "channel"}}}, 6},
			{"no words", assets.Filter{Words: []string{}}, 0},
		} {
			if got, err := st.Count(t.Context(), "w", c.filter); err != nil || got != c.want {
				t.Errorf("%s: %d, %v; want %d", c.name, got, err, c.want)
			}
		}
	})
}

// fillCatalog stores the assets 0…5 of workspace w: even ones are copy, approved and
// on the web, odd ones images on tv. The last two are archived.
func fillCatalog(t *testing.T, st assets.Store) {
	t.Helper()
	update(t, st, func(tx assets.Tx) error {
		for i := range 6 {
			a := sqltest.NewAsset(i)
			a.Tags, a.CampaignID, a.Provenance.RunID = assets.Tags{"channel": {"web"}}, "c", "r"
			approved := a
			if i%2 == 1 {
				a.Type, a.Tags, approved = assets.TypeImage, assets.Tags{"channel": {"tv"}, "size": {"s"}}, nil
			}
			if i > 3 {
				a.Status = assets.StatusArchived
			}
			if err := tx.PutAsset(t.Context(), a, approved); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTagCounts(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		fillCatalog(t, st)
		tv, web, size := assets.TagCount{Key: "channel", Value: "tv", Count: 2}, assets.TagCount{Key: "channel", Value: "web", Count: 2}, assets.TagCount{Key: "size", Value: "s", Count: 2}
		for _, c := range []struct {
			window assets.TagWindow
			want   []assets.TagCount
		}{
			{assets.TagWindow{Limit: 10}, []assets.TagCount{tv, web, size}}, // archived assets do not count
			{assets.TagWindow{Limit: 1}, []assets.TagCount{tv}},
			{assets.TagWindow{After: assets.Tag{Key: "channel", Value: "tv"}, Limit: 10}, []assets.TagCount{web, size}},
			{assets.TagWindow{Key: "channel", Limit: 10}, []assets.TagCount{tv, web}},
			{assets.TagWindow{Key: "channel", After: assets.Tag{Key: "channel", Value: "tv"}, Limit: 10}, []assets.TagCount{web}},
			{assets.TagWindow{Key: "channel", After: assets.Tag{Key: "size"}, Limit: 10}, []assets.TagCount{}},
			{assets.TagWindow{}, []assets.TagCount{}},
			{assets.TagWindow{Limit: -1}, []assets.TagCount{}},
		} {
			got, err := st.TagCounts(t.Context(), "w", c.window)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%+v: %v (-want +got):\n%s", c.window, err, diff)
			}
		}
	})
}
