package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/sqlite"
)

// TestVolumeTagPagePlansLIM03 checks that a page of tags scans the index of counted tags
// from its first tag on, however many tags are before and after it.
func TestVolumeTagPagePlansLIM03(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	const keys = 100_000
	fillTags(t, st, keys)
	first, middle := assets.Tag{}, assets.Tag{Key: "key-0050000", Value: "x"}
	for _, c := range []struct {
		name   string
		window assets.TagWindow
		items  int
		seek   string
	}{
		{"first", assets.TagWindow{Limit: 50}, 50, "workspace=? AND (key,value)>(?,?)"},
		{"middle", assets.TagWindow{After: middle, Limit: 50}, 50, "workspace=? AND (key,value)>(?,?)"},
		{"one key", assets.TagWindow{Key: middle.Key, Limit: 50}, 1, "workspace=? AND key=?"},
		{"rest of a key", assets.TagWindow{Key: middle.Key, After: assets.Tag{Key: middle.Key, Value: "a"}, Limit: 50}, 1, "workspace=? AND key=? AND value>?"},
	} {
		steps := planOf(t, st.DB(), func(st assets.Store) error {
			page, err := st.TagCounts(t.Context(), "w", c.window)
			if len(page) != c.items {
				t.Errorf("%s: %d tags, want %d", c.name, len(page), c.items)
			}
			return err
		})
		want := "SEARCH asset_tags USING COVERING INDEX asset_tags_counted (" + c.seek + ")"
		if len(steps) != 1 || steps[0] != want {
			t.Errorf("%s: the plan is\n%s\nwant\n%s", c.name, strings.Join(steps, "\n"), want)
		}
	}
	page, all := readTags(t, st, middle, 50), readTags(t, st, first, keys)
	if page*10 > all {
		t.Errorf("a page from the middle takes %v, all pages %v", page, all)
	}
}

// fillTags stores n keys, each of one asset. Every second one does not count.
func fillTags(t *testing.T, st *sqlite.Store, n int) {
	t.Helper()
	_, err := st.DB().NewRaw(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
		INSERT INTO asset_tags (workspace, perspective, key, value, id, counted)
		SELECT 'w', 'current', printf('key-%07d', i), value, printf('id-%07d', i), value <> '' AND i % 2 = 0
		FROM n, (SELECT '' AS value UNION ALL SELECT 'x')`, n).Exec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

// readTags returns the shortest time of a few reads.
func readTags(t *testing.T, st assets.Store, after assets.Tag, limit int) time.Duration {
	t.Helper()
	shortest := time.Hour
	for range 5 {
		start := time.Now()
		if _, err := st.TagCounts(t.Context(), "w", assets.TagWindow{After: after, Limit: limit}); err != nil {
			t.Fatal(err)
		}
		shortest = min(shortest, time.Since(start))
	}
	return shortest
}

// TestVolumeCountPlans checks that a count reads only an index if one has all its columns.
func TestVolumeCountPlans(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	fill(t, st, 200)
	for name, f := range map[string]assets.Filter{
		"id":              {},
		"run":             {RunID: "r1"},
		"status":          {Statuses: []assets.Status{assets.StatusDraft}},
		"status_type":     {Statuses: []assets.Status{assets.StatusDraft, assets.StatusArchived}, Types: []assets.Type{assets.TypeCopy}},
		"status_campaign": {Statuses: []assets.Status{assets.StatusDraft}, CampaignID: "c1"},
	} {
		steps := strings.Join(planOf(t, st.DB(), func(st assets.Store) error {
			_, err := st.Count(t.Context(), "w", f)
			return err
		}), "\n")
		if !strings.Contains(steps, "SEARCH a USING COVERING INDEX asset_perspectives_"+name+" (workspace=? AND perspective=?") {
			t.Errorf("%s: the plan is\n%s", name, steps)
		}
	}
}

// TestVolumeCountsPlans checks that counts by status read the rows that match by an index, and
// the most frequent values an index alone if it has them.
func TestVolumeCountsPlans(t *testing.T) {
	t.Parallel()
	st := openRelaxed(t)
	fill(t, st, 200)
	const rows, covering = "SEARCH a USING INDEX asset_perspectives_", "SEARCH a USING COVERING INDEX asset_perspectives_"
	for name, c := range map[string]struct {
		filter assets.Filter
		want   []string
	}{
		"none":   {assets.Filter{}, []string{rows + "id (", covering + "campaign (", covering + "type (", covering + "agent ("}},
		"run":    {assets.Filter{RunID: "r1"}, []string{rows + "run ("}},
		"type":   {assets.Filter{Types: []assets.Type{assets.TypeCopy}}, []string{rows + "type (", covering + "type ("}},
		"of ids": {assets.Filter{IDs: []assets.ID{sqltest.NewAsset(1).ID}}, []string{rows + "id (workspace=? AND perspective=? AND id=?"}},
	} {
		steps := strings.Join(planOf(t, st.DB(), func(st assets.Store) error {
			_, err := st.Counts(t.Context(), "w", c.filter, 20)
			return err
		}), "\n")
		for _, want := range c.want {
			if !strings.Contains(steps, want) {
				t.Errorf("%s: the plan lacks %s:\n%s", name, want, steps)
			}
		}
		if strings.Contains(steps+" ", "SCAN a ") || strings.Contains(steps, "SCAN a\n") {
			t.Errorf("%s: the plan scans the table:\n%s", name, steps)
		}
	}
}
