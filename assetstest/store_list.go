package assetstest

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/10ex/assets"
)

// listCases compare Assets with a naive filter of the same rows.
var listCases = []storeCase{
	{"every filter in both perspectives and orders", func(t *storeT) {
		data := newDataset(1, 240)
		t.put(data.records...)
		for _, name := range slices.Sorted(maps.Keys(filterFields)) {
			draw := filterFields[name]
			for _, approved := range []bool{false, true} {
				for _, ascending := range []bool{false, true} {
					for range 4 {
						f := assets.Filter{Approved: approved}
						draw(data, &f)
						data.check(t, name, "w", f, assets.Window{Ascending: ascending, Limit: 1000})
						data.check(t, name, "w", f, assets.Window{Ascending: ascending, Limit: 5, After: data.pick().current.ID})
					}
				}
			}
		}
	}},
	{"random filters and windows", func(t *storeT) {
		data := newDataset(2, 240)
		t.put(data.records...)
		for i := range 300 {
			workspace := "w"
			if i%10 == 0 {
				workspace = "W"
			}
			data.check(t, "random", workspace, data.filter(), data.window())
		}
	}},
	{"several values mean any of them, each row once", func(t *storeT) {
		data := newDataset(3, 60)
		t.put(data.records...)
		all := assets.Window{Limit: 1000}
		id := data.records[7].current.ID
		var ids []assets.ID
		for i := range 200 {
			ids = append(ids, idOf(i), data.pick().current.ID)
		}
		for _, f := range []assets.Filter{
			{Types: []assets.Type{assets.TypeCopy, assets.TypeCopy}},
			{Types: []assets.Type{assets.TypeVideo, assets.TypeCopy, assets.TypeVideo, assets.TypeBlog}},
			{Types: allTypes, Statuses: allStatuses},
			{Statuses: []assets.Status{assets.StatusDraft, assets.StatusArchived, assets.StatusDraft}},
			{IDs: []assets.ID{id, idOf(99_999), id, data.records[3].current.ID}},
			{IDs: []assets.ID{idOf(99_999)}},
			{IDs: ids},
			{Types: []assets.Type{"unknown"}},
			{Tags: []assets.Tag{{Key: "locale"}, {Key: "locale"}}},
			{Tags: []assets.Tag{{Key: "locale", Value: "de"}, {Key: "locale", Value: "DE"}, {Key: "channel"}}},
		} {
			for _, f.Approved = range []bool{false, true} {
				if f.Approved && f.Statuses != nil {
					continue
				}
				for _, w := range []assets.Window{all, {Limit: 3}, {Limit: 3, Ascending: true}} {
					data.check(t, "several values", "w", f, w)
				}
			}
		}
	}},
	{"every filter in the order of submissions", func(t *storeT) {
		data := newDataset(9, 240)
		t.put(data.records...)
		for _, name := range slices.Sorted(maps.Keys(filterFields)) {
			draw := filterFields[name]
			for _, ascending := range []bool{false, true} {
				for range 3 {
					var f assets.Filter
					draw(data, &f)
					data.check(t, name, "w", f, assets.Window{BySubmission: true, Ascending: ascending, Limit: 1000})
					data.check(t, name, "w", f, assets.Window{BySubmission: true, Ascending: ascending, Limit: 3, After: data.pick().current.ID, AfterSubmitted: baseTime + assets.Time(data.IntN(22)-1)})
				}
			}
		}
		data.check(t, "approved", "w", assets.Filter{Approved: true}, assets.Window{BySubmission: true, Limit: 1000})
	}},
	{"pages in the order of submissions have each row once", func(t *storeT) {
		data := newDataset(10, 120)
		t.put(data.records...)
		for _, ascending := range []bool{false, true} {
			all := data.expect("w", assets.Filter{}, assets.Window{BySubmission: true, Ascending: ascending, Limit: 1000})
			var got []assets.ID
			w := assets.Window{BySubmission: true, Ascending: ascending, Limit: 4}
			for {
				page, err := t.Assets(t.Context(), "w", assets.Filter{}, w)
				t.ok(err)
				if len(page) == 0 {
					break
				}
				got = append(got, idsOf(page)...)
				last := page[len(page)-1]
				w.After, w.AfterSubmitted = last.ID, last.Submitted.At
			}
			if !slices.Equal(got, idsOf(all)) || len(all) < 10 {
				t.Errorf("ascending %t: the pages have %d rows, want %d, each once and in order", ascending, len(got), len(all))
			}
		}
	}},
	{"time bounds are inclusive and exclusive", func(t *storeT) {
		data := newDataset(4, 40)
		t.put(data.records...)
		for _, r := range data.records[10:20] {
			id := r.current.ID
			for _, f := range []assets.Filter{{Since: id}, {Until: id}, {Since: id, Until: id}, {Since: data.records[12].current.ID, Until: id}} {
				for _, w := range []assets.Window{{Limit: 100}, {Limit: 100, After: id}, {Limit: 100, After: id, Ascending: true}} {
					data.check(t, "bounds", "w", f, w)
				}
			}
		}
	}},
	{"no rows for limit 0", func(t *storeT) {
		t.put(sample("w", 1))
		got, err := t.Assets(t.Context(), "w", assets.Filter{}, assets.Window{})
		if err != nil || len(got) != 0 {
			t.Errorf("%d rows, %v; want none", len(got), err)
		}
	}},
	{"pages have each row once while rows are deleted LST02", walk},
	{"filters apply to the version of the perspective APR10", func(t *storeT) {
		r := sample("w", 1)
		t.put(r)
		for _, f := range []assets.Filter{{RunID: "run-2"}, {AgentSlug: "copy-writer-2"}} {
			t.same("current", t.list("w", f), []*assets.Asset{r.current})
			f.Approved = true
			t.same("approved", t.list("w", f), []*assets.Asset{})
		}
		for _, f := range []assets.Filter{{RunID: "run-1"}, {AgentSlug: "copy-writer-1"}} {
			t.same("current", t.list("w", f), []*assets.Asset{})
			f.Approved = true
			t.same("approved", t.list("w", f), []*assets.Asset{r.approved})
		}
		for action, shown := range map[assets.Action][2]int{assets.ActionSubmit: {1, 0}, assets.ActionApprove: {0, 1}} {
			for i, approved := range []bool{false, true} {
				n := len(t.list("w", assets.Filter{LastAction: action, Approved: approved}))
				t.same(string(action), n, shown[i])
			}
		}
	}},
}

// walk reads 500 rows of one millisecond page by page, and deletes the row after
// which the next page starts.
func walk(t *storeT) {
	data := &dataset{Rand: rand.New(rand.NewPCG(5, 5))}
	for i := range 500 {
		r := emptyRecord("w", i)
		r.current.ID = idAt(baseTime, i)
		r.versions[0].AssetID = r.current.ID
		data.records = append(data.records, r)
	}
	t.put(data.records...)
	for _, ascending := range []bool{true, false} {
		want := data.expect("w", assets.Filter{}, assets.Window{Ascending: ascending, Limit: 1000})
		var got []assets.ID
		w := assets.Window{Ascending: ascending, Limit: 7}
		for {
			page, err := t.Assets(t.Context(), "w", assets.Filter{}, w)
			t.ok(err)
			if len(page) == 0 {
				break
			}
			got = append(got, idsOf(page)...)
			w.After = page[len(page)-1].ID
			if len(got)%5 == 0 { // every fifth page
				t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", w.After) })
				data.records = slices.DeleteFunc(data.records, func(r *record) bool { return r.current.ID == w.After })
			}
		}
		if !slices.Equal(got, idsOf(want)) {
			t.Errorf("ascending %t: the pages have %d rows, want %d, each once and in order", ascending, len(got), len(want))
		}
	}
}

func idsOf(list []*assets.Asset) []assets.ID {
	ids := make([]assets.ID, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	return ids
}

// check compares a page of the store with that of expect.
func (d *dataset) check(t *storeT, what, workspace string, f assets.Filter, w assets.Window) {
	t.Helper()
	got, err := t.Assets(t.Context(), workspace, f, w)
	if err != nil {
		t.Fatalf("%s %+v %+v: %v", what, f, w, err)
	}
	want := d.expect(workspace, f, w)
	if w.Bytes == 0 {
		if n, err := t.CountWindow(t.Context(), workspace, f, w); err != nil || n != int64(len(want)) {
			t.Fatalf("%s: workspace %q filter %+v window %+v: counted %d, %v; want %d", what, workspace, f, w, n, err, len(want))
		}
	}
	if g, e := idsOf(got), idsOf(want); !slices.Equal(g, e) {
		t.Fatalf("%s: workspace %q filter %+v window %+v:\ngot  %v\nwant %v", what, workspace, f, w, g, e)
	}
	if diff := difference(got, want); diff != "" {
		t.Fatalf("%s: workspace %q filter %+v window %+v:\n%s", what, workspace, f, w, diff)
	}
}

// expect returns the page that Assets must return, found by checking every row.
func (d *dataset) expect(workspace string, f assets.Filter, w assets.Window) []*assets.Asset {
	var list []*assets.Asset
	for _, r := range d.records {
		a := r.current
		if f.Approved {
			a = r.approved
		}
		if a != nil && a.Workspace == workspace && matches(a, f) && r.matchesWords(a, f.Words) && isBehind(a, w) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *assets.Asset) int { return compareInOrder(a, b, w) })
	return list[:min(len(list), w.Limit)]
}

// isBehind reports whether an asset may be on the page of a window.
func isBehind(a *assets.Asset, w assets.Window) bool {
	if w.BySubmission && a.Submitted.At == 0 {
		return false
	}
	last := &assets.Asset{ID: w.After, Submitted: assets.Submission{At: w.AfterSubmitted}}
	return w.After == "" || compareInOrder(a, last, w) > 0
}

// compareInOrder compares two assets in the order of a window.
func compareInOrder(a, b *assets.Asset, w assets.Window) int {
	order := cmp.Compare(a.ID, b.ID)
	if w.BySubmission {
		order = cmp.Or(cmp.Compare(a.Submitted.At, b.Submitted.At), order)
	}
	if w.Ascending {
		return order
	}
	return -order
}

func matches(a *assets.Asset, f assets.Filter) bool {
	for _, text := range []struct{ got, want string }{
		{a.Provenance.AgentSlug, f.AgentSlug},
		{a.Provenance.RunID, f.RunID},
		{string(a.CampaignID), f.CampaignID},
		{a.Provenance.BrandID, f.BrandID},
		{a.Provenance.BriefID, f.BriefID},
		{a.CreatedBy, f.CreatedBy},
		{string(a.LastReview.Action), string(f.LastAction)},
		{a.Content.MediaType, f.MediaType},
	} {
		if text.want != "" && text.got != text.want {
			return false
		}
	}
	for _, tag := range f.Tags {
		values := a.Tags[tag.Key]
		if len(values) == 0 || tag.Value != "" && !slices.Contains(values, tag.Value) {
			return false
		}
	}
	return (f.Types == nil || slices.Contains(f.Types, a.Type)) &&
		(f.Statuses == nil || slices.Contains(f.Statuses, a.Status)) &&
		(f.IDs == nil || slices.Contains(f.IDs, a.ID)) &&
		(f.Since == "" || a.ID >= f.Since) &&
		(f.Until == "" || a.ID < f.Until)
}
