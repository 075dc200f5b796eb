package assetstest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// catalogCases compare Count and TagCounts with a naive count of the same rows.
var catalogCases = []storeCase{
	{"Count returns the number of assets that a filter selects TEN06", func(t *storeT) {
		data := newDataset(6, 240)
		t.put(data.records...)
		for _, name := range slices.Sorted(maps.Keys(filterFields)) {
			for _, approved := range []bool{false, true} {
				f := assets.Filter{Approved: approved}
				filterFields[name](data, &f)
				data.checkCount(t, "w", f)
				data.checkCount(t, "W", f)
			}
		}
		for range 200 {
			data.checkCount(t, "w", data.filter())
		}
	}},
	{"TagCounts in every window TEN06", func(t *storeT) {
		data := newDataset(7, 240)
		t.put(data.records...)
		for range 200 {
			w := assets.TagWindow{Limit: data.IntN(20)}
			if data.IntN(2) == 0 {
				w.Key = oneOf(data, append(tagKeys, "none"))
			}
			switch data.IntN(4) {
			case 0, 1:
				w.After = assets.Tag{Key: oneOf(data, tagKeys), Value: oneOf(data, tagValues)}
			case 2:
				w.After = assets.Tag{Key: "channe", Value: "z"} // no such tag
			}
			data.checkTags(t, "w", w)
			data.checkTags(t, "W", w)
		}
		data.checkTags(t, "w", assets.TagWindow{Limit: 1000})
		data.checkTags(t, "none", assets.TagWindow{Limit: 1000})
	}},
	{"tags come in byte order", func(t *storeT) {
		ascending := []assets.Tag{
			{Key: "a", Value: "z"},
			{Key: "a-b", Value: "x"},
			{Key: "a.b", Value: "x"},
			{Key: "a0", Value: "x"},
			{Key: "a_b", Value: "x"},
			{Key: "b", Value: "%"},
			{Key: "b", Value: "10"},
			{Key: "b", Value: "9"},
			{Key: "b", Value: "Z"},
			{Key: "b", Value: "Za"},
			{Key: "b", Value: "_"},
			{Key: "b", Value: "a"},
			{Key: "b", Value: "e\u0301"},
			{Key: "b", Value: "é"},
			{Key: "b", Value: "ﬀ"}, // before the emoji in bytes, after it in UTF-16
			{Key: "b", Value: "😀"},
		}
		r := emptyRecord("w", 1)
		r.current.Tags = assets.Tags{}
		for _, tag := range ascending {
			r.current.Tags[tag.Key] = append(r.current.Tags[tag.Key], tag.Value)
		}
		t.put(r)
		for i := range ascending {
			rest := ascending[i+1:]
			t.same("tags after "+ascending[i].Value, t.tags("w", assets.TagWindow{After: ascending[i], Limit: 100}), countedOnce(rest))
		}
		t.same("tags of b", t.tags("w", assets.TagWindow{Key: "b", Limit: 3}), countedOnce(ascending[5:8]))
	}},
	{"tags count while their asset does", tagsThroughChanges},
	{"tags of a workspace are its own TEN06", func(t *storeT) {
		for _, workspace := range similarWorkspaces {
			r := emptyRecord(workspace, 1)
			r.current.Tags = assets.Tags{"of": {"all", "in " + workspace}}
			t.put(r)
		}
		for _, workspace := range similarWorkspaces {
			want := countedOnce([]assets.Tag{{Key: "of", Value: "all"}, {Key: "of", Value: "in " + workspace}})
			t.same("tags of "+workspace, t.tags(workspace, assets.TagWindow{Limit: 100}), want)
			n, err := t.Count(t.Context(), workspace, assets.Filter{Tags: []assets.Tag{{Key: "of", Value: "all"}}})
			t.ok(err)
			t.same("count of "+workspace, n, int64(1))
		}
	}},
}

// tagsThroughChanges counts the tags of two assets after each kind of change of
// one of them.
func tagsThroughChanges(t *storeT) {
	other, r := emptyRecord("w", 1), emptyRecord("w", 2)
	other.current.Tags = assets.Tags{"a": {"both"}}
	t.put(other)
	for _, step := range []struct {
		name   string
		status assets.Status
		tags   assets.Tags
		want   []assets.TagCount
	}{
		{"created", assets.StatusDraft, assets.Tags{"a": {"both", "one"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 2}, {Key: "a", Value: "one", Count: 1}}},
		{"in force", assets.StatusApproved, assets.Tags{"a": {"both", "one"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 2}, {Key: "a", Value: "one", Count: 1}}},
		{"edited", assets.StatusApproved, assets.Tags{"a": {"both"}, "b": {"two"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 2}, {Key: "b", Value: "two", Count: 1}}},
		{"archived", assets.StatusArchived, assets.Tags{"a": {"both"}, "b": {"two"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 1}}},
		{"reopened", assets.StatusDraft, assets.Tags{"a": {"both"}, "b": {"two"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 2}, {Key: "b", Value: "two", Count: 1}}},
		{"archived, then without tags", assets.StatusArchived, nil, []assets.TagCount{{Key: "a", Value: "both", Count: 1}}},
		{"reopened without tags", assets.StatusDraft, nil, []assets.TagCount{{Key: "a", Value: "both", Count: 1}}},
		{"tagged again", assets.StatusDraft, assets.Tags{"b": {"two"}}, []assets.TagCount{{Key: "a", Value: "both", Count: 1}, {Key: "b", Value: "two", Count: 1}}},
	} {
		r.current.Status, r.current.Tags, r.approved = step.status, step.tags, nil
		if step.status == assets.StatusApproved {
			r.approved = shownAs(r.current, r.versions[0])
		}
		t.put(r)
		t.same(step.name, t.tags("w", assets.TagWindow{Limit: 100}), step.want)
	}
	t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", r.current.ID) })
	t.same("deleted", t.tags("w", assets.TagWindow{Limit: 100}), []assets.TagCount{{Key: "a", Value: "both", Count: 1}})
}

// tags returns a page of tags.
func (t *storeT) tags(workspace string, w assets.TagWindow) []assets.TagCount {
	t.Helper()
	page, err := t.TagCounts(t.Context(), workspace, w)
	t.ok(err)
	if page == nil {
		t.Errorf("TagCounts in %q %+v is nil, want an empty slice", workspace, w)
	}
	return page
}

// countedOnce returns tags with a count of 1.
func countedOnce(tags []assets.Tag) []assets.TagCount {
	var counts []assets.TagCount
	for _, tag := range tags {
		counts = append(counts, assets.TagCount{Key: tag.Key, Value: tag.Value, Count: 1})
	}
	return counts
}

func (d *dataset) checkCount(t *storeT, workspace string, f assets.Filter) {
	t.Helper()
	got, err := t.Count(t.Context(), workspace, f)
	want := int64(len(d.expect(workspace, f, assets.Window{Limit: len(d.records)})))
	if err != nil || got != want {
		t.Errorf("Count in %q %+v: %d, %v; want %d", workspace, f, got, err, want)
	}
}

func (d *dataset) checkTags(t *storeT, workspace string, w assets.TagWindow) {
	t.Helper()
	if diff := difference(t.tags(workspace, w), d.expectTags(workspace, w)); diff != "" {
		t.Errorf("TagCounts in %q %+v:\n%s", workspace, w, diff)
	}
}

// expectTags returns the page that TagCounts must return, found by counting every
// tag of every row.
func (d *dataset) expectTags(workspace string, w assets.TagWindow) []assets.TagCount {
	found := map[string]map[string]int64{}
	for _, r := range d.records {
		if r.current.Workspace != workspace || r.current.Status == assets.StatusArchived {
			continue
		}
		for key, values := range r.current.Tags {
			if found[key] == nil {
				found[key] = map[string]int64{}
			}
			for _, value := range values {
				found[key][value]++
			}
		}
	}
	var page []assets.TagCount
	for _, key := range slices.Sorted(maps.Keys(found)) {
		for _, value := range slices.Sorted(maps.Keys(found[key])) {
			behind := cmp.Or(strings.Compare(key, w.After.Key), strings.Compare(value, w.After.Value)) > 0
			if behind && (w.Key == "" || w.Key == key) && len(page) < w.Limit {
				page = append(page, assets.TagCount{Key: key, Value: value, Count: found[key][value]})
			}
		}
	}
	return page
}
