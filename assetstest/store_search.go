package assetstest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/10ex/assets"
)

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
	{"a long text is found when its Update has returned", longText},
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

// longText searches an asset with a text of 64 KiB, which a store may index after the
// commit, through changes of title and approval.
func longText(t *storeT) {
	r := emptyRecord("w", 1)
	r.current.Title = "old"
	r.versions[0].Words = longWords("first")
	step := func(name, current, approved string) {
		t.Helper()
		t.put(r)
		for _, word := range []string{"old", "new", "first", "second", "w4321"} {
			for _, f := range []assets.Filter{{Words: []string{word}}, {Words: []string{word}, Approved: true}} {
				want, shown := current, r.current
				if f.Approved {
					want, shown = approved, r.approved
				}
				var found []*assets.Asset
				if slices.Contains(strings.Fields(want), word) {
					found = append(found, shown)
				}
				t.finds(fmt.Sprintf("%s: %s, approved %v", name, word, f.Approved), f, found...)
			}
		}
	}
	step("made", "old first w4321", "")
	r.current.ApprovedVersion = 1
	r.approved = shownAs(r.current, r.versions[0])
	step("approved", "old first w4321", "old first w4321")
	second := r.versions[0]
	second.Number, second.Words = 2, longWords("second")
	r.versions = append(r.versions, second)
	r.current.Version, r.current.CurrentVersion = 2, 2
	r.approved = shownAs(r.current, r.versions[0])
	step("newer", "old second w4321", "old first w4321")
	r.current.Title = "new"
	r.approved = shownAs(r.current, r.versions[0])
	step("edited", "new second w4321", "new first w4321")
	r.current.ApprovedVersion, r.approved = 0, nil
	step("withdrawn", "new second w4321", "")
	if indexer, ok := assets.StoreAs[assets.WordIndexer](t.Store); ok {
		t.ok(indexer.IndexWords(t.Context()))
		behind, err := indexer.WordsBehind(t.Context())
		t.ok(err)
		t.same("how long texts wait", behind, time.Duration(0))
	}
	t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", r.current.ID) })
	t.finds("deleted", assets.Filter{Words: []string{"new"}})
}

// longWords returns a text of about 64 KB that begins with a word.
func longWords(word string) string {
	var b strings.Builder
	b.WriteString(word)
	for i := range 10_000 {
		fmt.Fprintf(&b, " w%d", i)
	}
	return b.String()
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
