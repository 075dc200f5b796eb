package store_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// numbered returns which of the assets 0…n-1 a list has, in the order of the list.
func numbered(list []*assets.Asset, n int) (numbers []int) {
	byID := make(map[assets.ID]int, n)
	for i := range n {
		byID[sqltest.NewAsset(i).ID] = i
	}
	for _, a := range list {
		numbers = append(numbers, byID[a.ID])
	}
	return numbers
}

// TestWindows reads pages of the same assets by each kind of plan: by id, by one
// field, by a tag, by several branches, by ids and by words.
func TestWindows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		fillCatalog(t, st)
		id := func(i int) assets.ID { return sqltest.NewAsset(i).ID }
		var all []assets.ID
		for i := range 6 {
			all = append(all, id(i))
		}
		for name, filter := range map[string]assets.Filter{
			"none":     {},
			"run":      {RunID: "r"},
			"campaign": {CampaignID: "c"},
			"tag":      {Tags: []assets.Tag{{Key: "channel"}}},
			"types":    {Types: []assets.Type{assets.TypeImage, assets.TypeCopy}},
			"pairs":    {Types: []assets.Type{assets.TypeImage, assets.TypeCopy}, Statuses: []assets.Status{assets.StatusArchived, assets.StatusDraft}},
			"ids":      {IDs: all},
			"words":    {Words: []string{"titl"}},
		} {
			for _, c := range []struct {
				window       assets.Window
				since, until assets.ID
				want         []int
			}{
				{assets.Window{Limit: 10}, "", "", []int{5, 4, 3, 2, 1, 0}},
				{assets.Window{Limit: 2}, "", "", []int{5, 4}},
				{assets.Window{Limit: 2, After: id(4)}, "", "", []int{3, 2}},
				{assets.Window{Limit: 2, After: id(4), Ascending: true}, "", "", []int{5}},
				{assets.Window{Limit: 10, Ascending: true}, id(1), id(4), []int{1, 2, 3}}, // since is included, until is not
				{assets.Window{Limit: 10, After: id(1), Ascending: true}, id(1), id(4), []int{2, 3}},
				{assets.Window{Limit: 10, After: id(5)}, id(1), id(3), []int{2, 1}},
				{assets.Window{Limit: 10}, id(3), id(3), nil},
				{assets.Window{}, "", "", nil},
				{assets.Window{Limit: -1}, "", "", nil},
			} {
				filter.Since, filter.Until = c.since, c.until
				list, err := st.Assets(t.Context(), "w", filter, c.window)
				if got := numbered(list, 6); err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%s, %+v, since %q, until %q: %v, %v; want %v", name, c.window, c.since, c.until, got, err, c.want)
				}
			}
		}
	})
}
