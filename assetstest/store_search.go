package assetstest

import (
	"slices"
	"strings"

	"github.com/10ex/assets"
)

// searchCases: a search finds what a naive one over the same words finds.
// Filters and windows of all kinds beside it are among listCases.
var searchCases = []storeCase{
	{"LST06 a search without words finds nothing", func(t *storeT) {
		t.put(sample("w", 1))
		t.same("none", t.list("w", assets.Filter{Words: []string{}}), []*assets.Asset{})
		n, err := t.Count(t.Context(), "w", assets.Filter{Words: []string{}})
		t.ok(err)
		t.same("count", n, int64(0))
	}},
	{"LST06 words of an engine's language are words", func(t *storeT) {
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
	{"LST06 as many words as a search may have", func(t *storeT) {
		r := emptyRecord("w", 1)
		var words []string
		for c := range 255 {
			words = append(words, string(rune(0x4e00+c)))
		}
		r.versions[0].Words = strings.Join(words, " ")
		t.put(r, emptyRecord("w", 2))
		t.found("all", assets.Filter{Words: words}, r.current)
		t.found("one more", assets.Filter{Words: append([]string{"x"}, words...)})
	}},
	{"a long text is found by each of its words", func(t *storeT) {
		r := emptyRecord("w", 1)
		var words []string
		for c := range 13_000 { // 64 KiB
			words = append(words, string(rune(0x4e00+c))+"a")
		}
		r.versions[0].Words = strings.Join(words, " ")
		t.put(r)
		for _, i := range []int{0, 1, 6500, 12_999} {
			t.found(words[i], assets.Filter{Words: words[i : i+1]}, r.current)
		}
	}},
	{"APR10 a search judges the version of the perspective", func(t *storeT) {
		r := emptyRecord("w", 1)
		second := r.versions[0]
		second.Number, second.Words = 2, "newer"
		r.versions[0].Words = "older"
		r.versions = append(r.versions, second)
		r.current.Version, r.current.CurrentVersion = 2, 2
		r.current.ApprovedVersion = 1
		r.approved = shownAs(r.current, r.versions[0])
		t.put(r)
		t.found("current", assets.Filter{Words: []string{"new"}}, r.current)
		t.found("current", assets.Filter{Words: []string{"old"}})
		t.found("approved", assets.Filter{Approved: true, Words: []string{"old"}}, r.approved)
		t.found("approved", assets.Filter{Approved: true, Words: []string{"new"}})
	}},
	{"what is found changes with the asset", searchLife},
	{"TEN06 a search finds nothing of another workspace", func(t *storeT) {
		for _, workspace := range neighbours {
			r := emptyRecord(workspace, 1)
			r.versions[0].Words = "all"
			t.put(r)
		}
		for _, workspace := range neighbours {
			page := t.list(workspace, assets.Filter{Words: []string{"all"}})
			if len(page) != 1 || page[0].Workspace != workspace {
				t.Errorf("%q finds %v", workspace, idsOf(page))
			}
		}
	}},
}

// searchLife searches one asset through everything that can befall it.
func searchLife(t *storeT) {
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
			t.found(name+": "+word, assets.Filter{Words: []string{word}}, want(r.current, current)...)
			t.found(name+", approved: "+word, assets.Filter{Approved: true, Words: []string{word}}, want(r.approved, approved)...)
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
		t.found("deleted", assets.Filter{Approved: approved, Words: []string{"new"}})
	}
	r.current.Title = "Old"
	r.approved = nil
	t.put(r)
	t.found("made again", assets.Filter{Words: []string{"old", "second"}}, r.current)
	t.found("made again", assets.Filter{Words: []string{"new"}})
}

// found compares what a filter finds in the workspace w.
func (t *storeT) found(what string, f assets.Filter, want ...*assets.Asset) {
	t.Helper()
	t.same(what, t.list("w", f), append([]*assets.Asset{}, want...))
}

// found judges one of the record's perspectives, the plainest way.
func (r *record) found(a *assets.Asset, wanted []string) bool {
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
