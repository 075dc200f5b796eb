package memory_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// fill stores the assets a to d of workspace w; b and d are archived, c is approved.
func fill(t *testing.T) *memory.Store {
	t.Helper()
	s := memory.New()
	err := s.Update(t.Context(), func(tx assets.Tx) error {
		for _, id := range []assets.ID{"d", "b", "c", "a"} {
			a := &assets.Asset{Workspace: "w", ID: id, Title: "title " + string(id), Status: assets.StatusDraft, Tags: assets.Tags{"k": {"v", string(id)}}}
			var approved *assets.Asset
			switch id {
			case "b", "d":
				a.Status = assets.StatusArchived
			case "c":
				approved = a
			}
			if err := tx.PutAsset(t.Context(), a, approved); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAssetsAndCount(t *testing.T) {
	t.Parallel()
	s := fill(t)
	for _, c := range []struct {
		filter assets.Filter
		window assets.Window
		want   string
		count  int64 // whatever the window
	}{
		{assets.Filter{}, assets.Window{Limit: 9}, "dcba", 4},
		{assets.Filter{}, assets.Window{Limit: 2, Ascending: true}, "ab", 4},
		{assets.Filter{}, assets.Window{Limit: 9, After: "c"}, "ba", 4},
		{assets.Filter{}, assets.Window{Limit: 9, After: "bb", Ascending: true}, "cd", 4}, // an id that does not exist
		{assets.Filter{Since: "b", Until: "d"}, assets.Window{Limit: 9}, "cb", 2},
		{assets.Filter{Since: "d", Until: "b"}, assets.Window{Limit: 9}, "", 0},
		{assets.Filter{Approved: true}, assets.Window{Limit: 9}, "c", 1},
		{assets.Filter{Statuses: []assets.Status{assets.StatusArchived}}, assets.Window{Limit: 9}, "db", 2},
		{assets.Filter{IDs: []assets.ID{"a", "x"}}, assets.Window{Limit: 9}, "a", 1},
		{assets.Filter{Tags: []assets.Tag{{Key: "k"}, {Key: "k", Value: "b"}}}, assets.Window{Limit: 9}, "b", 1},
		{assets.Filter{Words: []string{"title", "b"}}, assets.Window{Limit: 9}, "b", 1},
		{assets.Filter{Words: []string{"tit"}}, assets.Window{Limit: 9}, "dcba", 4}, // the last word is a prefix
		{assets.Filter{Words: []string{"tit", "b"}}, assets.Window{Limit: 9}, "", 0},
		{assets.Filter{Words: []string{}}, assets.Window{Limit: 9}, "", 0},
	} {
		list, err := s.Assets(t.Context(), "w", c.filter, c.window)
		got := ""
		for _, a := range list {
			got += string(a.ID)
		}
		if err != nil || got != c.want {
			t.Errorf("%+v, %+v: %q, %v; want %q", c.filter, c.window, got, err, c.want)
		}
		if n, err := s.Count(t.Context(), "w", c.filter); err != nil || n != c.count {
			t.Errorf("%+v: count %d, %v; want %d", c.filter, n, err, c.count)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	s := fill(t)
	err := s.Update(t.Context(), func(tx assets.Tx) error {
		a := &assets.Asset{Workspace: "w", ID: "e", Status: assets.StatusDraft, ApprovedVersion: 1, CampaignID: "x", Type: assets.TypeCopy}
		return tx.PutAsset(t.Context(), a, a)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter   assets.Filter
		frequent int
		want     assets.Counts
	}{
		{assets.Filter{}, 0, assets.Counts{Draft: 3, Archived: 2, InForce: 1}},
		{assets.Filter{Since: "c"}, 0, assets.Counts{Draft: 2, Archived: 1, InForce: 1}},
		{assets.Filter{Words: []string{"title"}}, 0, assets.Counts{Draft: 2, Archived: 2}},
		{assets.Filter{}, 1, assets.Counts{
			Draft: 3, Archived: 2, InForce: 1, Agents: []assets.ValueCount{},
			Campaigns: []assets.ValueCount{{Value: "x", Count: 1}}, Types: []assets.ValueCount{{Value: "copy", Count: 1}},
		}},
	} {
		got, err := s.Counts(t.Context(), "w", c.filter, c.frequent)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%+v: %v (-want +got):\n%s", c.filter, err, diff)
		}
	}
}

func TestTagCounts(t *testing.T) {
	t.Parallel()
	s := fill(t)
	all := []assets.TagCount{{Key: "k", Value: "a", Count: 1}, {Key: "k", Value: "c", Count: 1}, {Key: "k", Value: "v", Count: 2}}
	for _, c := range []struct {
		window assets.TagWindow
		want   []assets.TagCount
	}{
		{assets.TagWindow{Limit: 9}, all},
		{assets.TagWindow{Limit: 2}, all[:2]},
		{assets.TagWindow{Limit: 9, After: assets.Tag{Key: "k", Value: "a"}}, all[1:]},
		{assets.TagWindow{Limit: 9, Key: "k"}, all},
		{assets.TagWindow{Limit: 9, Key: "x"}, nil},
		{assets.TagWindow{Limit: -1}, nil},
	} {
		got, err := s.TagCounts(t.Context(), "w", c.window)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v (-want +got):\n%s", c.window, err, cmp.Diff(c.want, got))
		}
	}
}
