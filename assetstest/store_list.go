package assetstest

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

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

// searchCases compare searches with a naive search of the same words. listCases
// combine searches with filters and windows.
var searchCases = []storeCase{
	{"a search without words finds nothing LST06", func(t *storeT) {
		t.put(sample("w", 1))
		t.same("none", t.list("w", assets.Filter{Words: []string{}}), []*assets.Asset{})
		n, err := t.Count(t.Context(), "w", assets.Filter{Words: []string{}})
		t.ok(err)
		t.same("count", n, int64(0))
	}},
	{"words of an engine's language are words LST06", func(t *storeT) {
		data := newDataset(8, 120)
		t.put(data.records...)
		for _, words := range [][]string{
			{"and"},
			{"or", "and"},
			{"near"},
			{"not", "s"},
			{"null"},
			{"words"},
			{"rowid"},
			{"10", "100"},
			{"夏"},
			{"л"},
			{strings.Repeat("s", 64)},
			{strings.Repeat("\U00020000", 64)},
		} {
			for _, approved := range []bool{false, true} {
				f := assets.Filter{Approved: approved, Words: words}
				data.check(t, "words", "w", f, assets.Window{Limit: 1000})
				data.checkCount(t, "W", f)
			}
		}
	}},
	{"as many words as a search may have LST06", func(t *storeT) {
		r := emptyRecord("w", 1)
		var words []string
		for c := range 255 {
			words = append(words, string(rune(0x4e00+c)))
		}
		r.versions[0].Words = strings.Join(words, " ")
		t.put(r, emptyRecord("w", 2))
		t.finds("all", assets.Filter{Words: words}, r.current)
		t.finds("one more", assets.Filter{Words: append([]string{"x"}, words...)})
	}},
	{"a long text is found by each of its words", func(t *storeT) {
		r := emptyRecord("w", 1)
		var words []string
		for c := range 9_000 { // 63 KiB
			words = append(words, fmt.Sprintf("\u0431%05x", c*7919))
		}
		r.versions[0].Words = strings.Join(words, " ")
		t.put(r)
		for _, i := range []int{0, 1, 6500, 8_999} {
			for length := 1; length <= utf8.RuneCountInString(words[i]); length++ {
				t.finds(words[i], assets.Filter{Words: []string{string([]rune(words[i])[:length])}}, r.current)
			}
			t.finds(words[i], assets.Filter{Words: []string{words[i] + "0"}})
		}
	}},
	{"a search applies to the version of the perspective APR10", func(t *storeT) {
		r := emptyRecord("w", 1)
		second := r.versions[0]
		second.Number, second.Words = 2, "newer"
		r.versions[0].Words = "older"
		r.versions = append(r.versions, second)
		r.current.Version, r.current.CurrentVersion = 2, 2
		r.current.ApprovedVersion = 1
		r.approved = shownAs(r.current, r.versions[0])
		t.put(r)
		t.finds("current", assets.Filter{Words: []string{"new"}}, r.current)
		t.finds("current", assets.Filter{Words: []string{"old"}})
		t.finds("approved", assets.Filter{Approved: true, Words: []string{"old"}}, r.approved)
		t.finds("approved", assets.Filter{Approved: true, Words: []string{"new"}})
	}},
	{"what is found changes with the asset", searchThroughChanges},
	{"a search finds nothing of another workspace TEN06", func(t *storeT) {
		for _, workspace := range similarWorkspaces {
			r := emptyRecord(workspace, 1)
			r.versions[0].Words = "all"
			t.put(r)
		}
		for _, workspace := range similarWorkspaces {
			page := t.list(workspace, assets.Filter{Words: []string{"all"}})
			if len(page) != 1 || page[0].Workspace != workspace {
				t.Errorf("%q finds %v", workspace, idsOf(page))
			}
		}
	}},
}

// searchThroughChanges searches one asset after each kind of change.
func searchThroughChanges(t *storeT) {
	r := emptyRecord("w", 1)
	second := r.versions[0]
	second.Number, second.Words = 2, "second"
	r.versions[0].Words = "first"
	r.versions = append(r.versions, second)
	step := func(name string, alter func(a *assets.Asset), current, approved string) {
		t.Helper()
		alter(r.current)
		r.current.Content = r.versions[r.current.Version-1].Content
		r.approved = nil
		if n := r.current.ApprovedVersion; n > 0 {
			r.approved = shownAs(r.current, r.versions[n-1])
		}
		t.put(r)
		for _, word := range []string{"first", "second", "old", "new", "red", "blue"} {
			want := func(a *assets.Asset, words string) []*assets.Asset {
				if slices.Contains(strings.Fields(words), word) {
					return []*assets.Asset{a}
				}
				return nil
			}
			t.finds(name+": "+word, assets.Filter{Words: []string{word}}, want(r.current, current)...)
			t.finds(name+", approved: "+word, assets.Filter{Approved: true, Words: []string{word}}, want(r.approved, approved)...)
		}
	}
	step("made", func(a *assets.Asset) { a.Title, a.Tags = "Old", assets.Tags{"c": {"red"}} }, "old red first", "")
	step("in force", func(a *assets.Asset) { a.ApprovedVersion = 1 }, "old red first", "old red first")
	step("newer", func(a *assets.Asset) { a.Version, a.CurrentVersion = 2, 2 }, "old red second", "old red first")
	step("edited", func(a *assets.Asset) { a.Title, a.Tags = "New", assets.Tags{"blue": {"x"}} }, "new blue second", "new blue first")
	step("only the status", func(a *assets.Asset) { a.Status = assets.StatusPendingReview }, "new blue second", "new blue first")
	step("newer in force", func(a *assets.Asset) { a.ApprovedVersion = 2 }, "new blue second", "new blue second")
	step("withdrawn", func(a *assets.Asset) { a.ApprovedVersion = 0 }, "new blue second", "")
	step("in force again", func(a *assets.Asset) { a.ApprovedVersion = 2 }, "new blue second", "new blue second")
	t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", r.current.ID) })
	for _, approved := range []bool{false, true} {
		t.finds("deleted", assets.Filter{Approved: approved, Words: []string{"new"}})
	}
	r.current.Title = "Old"
	r.approved = nil
	t.put(r)
	t.finds("made again", assets.Filter{Words: []string{"old", "second"}}, r.current)
	t.finds("made again", assets.Filter{Words: []string{"new"}})
}

// finds checks what a filter selects in the workspace w.
func (t *storeT) finds(what string, f assets.Filter, want ...*assets.Asset) {
	t.Helper()
	t.same(what, t.list("w", f), append([]*assets.Asset{}, want...))
}

// matchesWords reports whether a search finds a, one of the record's
// perspectives.
func (r *record) matchesWords(a *assets.Asset, wanted []string) bool {
	if wanted == nil {
		return true
	}
	has := a.SearchWords(r.versions[a.Version-1].Words)
	for i, want := range wanted {
		if !slices.ContainsFunc(has, func(word string) bool {
			return word == want || i == len(wanted)-1 && strings.HasPrefix(word, want)
		}) {
			return false
		}
	}
	return len(wanted) > 0
}
