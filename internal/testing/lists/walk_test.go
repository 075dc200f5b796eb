package lists_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/rapidtest"
)

// TestWalkByCursor walks lists while assets are created and deleted between the
// pages. Each page must have what a plain comparison of all assets yields, and each
// walk every matching id exactly once.
func TestWalkByCursor(t *testing.T) {
	t.Parallel()
	for _, b := range backends.All() {
		runs := 20
		if b.Name == "memory" {
			runs = math.MaxInt // -rapid.checks alone
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			runWalks(t, b.Config(t), runs)
		})
	}
}

// runWalks makes runs that use one store, each in a workspace of its own.
func runWalks(t *testing.T, cfg assets.Config, runs int) {
	at := fixture.NewClock()
	cfg.Now = at.Now
	lib := backends.Library(t, cfg)
	var started atomic.Int64
	rapidtest.CheckAtMost(t, runs, func(rt *rapid.T) {
		w := &walker{
			T: rt, ctx: t.Context(), lib: lib, at: at, rows: map[assets.ID]views{},
			by: assetstest.User(fmt.Sprint("walk-", started.Add(1)), "ann"),
		}
		for range rapid.IntRange(4, 14).Draw(rt, "assets") {
			w.create()
		}
		w.submit()
		for range 3 {
			w.walk()
		}
	})
}

// walker lists one workspace and knows all that is in it.
type walker struct {
	*rapid.T
	ctx  context.Context
	lib  *assets.Library
	by   assets.Actor
	at   *fixture.Clock
	rows map[assets.ID]views
}

// views are both perspectives of an asset; approved is nil if no version is.
type views struct{ current, approved *assets.Asset }

// walk follows one random query to its end.
func (w *walker) walk() {
	q := w.query()
	there := w.matching(q, "")
	var walked []assets.ID
	for changes := 6; ; {
		q.Limit = rapid.IntRange(1, 5).Draw(w.T, "limit")
		page, err := w.lib.List(w.ctx, w.by, q)
		w.ok(err)
		w.check(q, page, walked)
		for _, a := range page.Items {
			walked = append(walked, a.ID)
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			break
		}
		for ; changes > 0 && rapid.Bool().Draw(w.T, "change"); changes-- {
			w.change(walked)
		}
	}
	slices.Sort(walked)
	if met := len(walked); len(slices.Compact(walked)) != met {
		w.Fatalf("the walk %+v repeats an id: %v", q, walked)
	}
	for _, id := range there {
		if _, still := w.rows[id]; still && !slices.Contains(walked, id) {
			w.Fatalf("the walk %+v misses %s", q, id)
		}
	}
}

// check compares a page with the matching assets behind what was walked.
func (w *walker) check(q assets.Query, page assets.Page, walked []assets.ID) {
	var after assets.ID
	if len(walked) > 0 {
		after = walked[len(walked)-1]
	}
	rest, got := w.matching(q, after), []assets.ID{}
	for _, a := range page.Items {
		got = append(got, a.ID)
	}
	if want := rest[:min(q.Limit, len(rest))]; !slices.Equal(got, want) {
		w.Fatalf("page %+v behind %q: %v, want %v", q, after, got, want)
	}
	if (page.NextCursor != "") != (len(rest) > q.Limit) {
		w.Fatalf("page %+v: cursor %q with %d behind it", q, page.NextCursor, len(rest)-len(got))
	}
	switch total := len(w.matching(q, "")); {
	case q.IncludeTotal && (page.Total == nil || *page.Total != int64(total)):
		w.Fatalf("page %+v: total %v, want %d", q, page.Total, total)
	case !q.IncludeTotal && page.Total != nil:
		w.Fatalf("page %+v: total %d without IncludeTotal", q, *page.Total)
	}
}

// change creates an asset, or deletes one, perhaps the one at the cursor.
func (w *walker) change(walked []assets.ID) {
	deletable := slices.DeleteFunc(slices.Sorted(maps.Keys(w.rows)), func(id assets.ID) bool {
		a := w.rows[id].current
		return a.Status != assets.StatusDraft || a.EverApproved
	})
	if len(deletable) == 0 || len(w.rows) == 1 || rapid.Bool().Draw(w.T, "create") {
		w.create()
		return
	}
	id := rapid.SampledFrom(deletable).Draw(w.T, "delete")
	if last := walked[len(walked)-1]; slices.Contains(deletable, last) && rapid.Bool().Draw(w.T, "at the cursor") {
		id = last
	}
	w.ok(w.lib.Delete(w.ctx, w.by, id, nil))
	delete(w.rows, id)
}

// create makes an asset in one of the states that lists distinguish.
func (w *walker) create() {
	w.at.Advance(time.Duration(rapid.IntRange(0, 1).Draw(w.T, "ms")) * time.Millisecond)
	state := rapid.SampledFrom([]string{"draft", "submitted", "approved", "approved with newer", "archived"}).Draw(w.T, "state")
	creator := w.by
	creator.Subject = rapid.SampledFrom([]string{"ann", "ben"}).Draw(w.T, "creator")
	media := rapid.SampledFrom(walkMedia).Draw(w.T, "media type")
	made, err := w.lib.Create(w.ctx, creator, assets.NewAsset{
		Type:       rapid.SampledFrom(walkTypes).Draw(w.T, "type"),
		Title:      rapid.SampledFrom([]string{"Spring sale", "Autumn sale", "Spring", "Sprung"}).Draw(w.T, "title"),
		CampaignID: assets.Optional(w.text("campaign")), Tags: w.tags(),
		NewVersion: assets.NewVersion{Text: "1", MediaType: media, Submit: state == "submitted", Provenance: w.provenance()},
	})
	w.ok(err)
	id := made.ID
	switch state {
	case "approved", "approved with newer":
		_, err = w.lib.Review(w.ctx, w.by, id, assets.Decision{Action: assets.ActionApprove, Version: 1})
	case "archived":
		_, err = w.lib.Review(w.ctx, w.by, id, assets.Decision{Action: assets.ActionArchive})
	}
	w.ok(err)
	if state == "approved with newer" {
		_, err = w.lib.AddVersion(w.ctx, w.by, id, assets.NewVersion{Text: "2", Provenance: w.provenance()})
		w.ok(err)
	}
	w.read(id)
}

// submit submits some drafts in the order of their titles, which is not that of their ids.
func (w *walker) submit() {
	ids := slices.Sorted(maps.Keys(w.rows))
	slices.SortStableFunc(ids, func(a, b assets.ID) int {
		return cmp.Compare(w.rows[a].current.Title, w.rows[b].current.Title)
	})
	for _, id := range ids {
		if w.rows[id].current.Status != assets.StatusDraft || rapid.Bool().Draw(w.T, "stays a draft") {
			continue
		}
		w.at.Advance(time.Duration(rapid.IntRange(0, 1).Draw(w.T, "ms")) * time.Millisecond)
		_, err := w.lib.Review(w.ctx, w.by, id, assets.Decision{Action: assets.ActionSubmit})
		w.ok(err)
		w.read(id)
	}
}

// read reads both perspectives of an asset.
func (w *walker) read(id assets.ID) {
	var row views
	var err error
	row.current, err = w.lib.Get(w.ctx, w.by, id, assets.SelectCurrent)
	w.ok(err)
	if row.approved, err = w.lib.Get(w.ctx, w.by, id, assets.SelectApproved); !errors.Is(err, assets.ErrNotApproved) {
		w.ok(err)
	}
	w.rows[id] = row
}

func (w *walker) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// TestOneMillisecondLST02: two libraries over one store, as two processes are, make
// 500 assets in one millisecond. Both walk the list in turn, while the asset at the
// cursor is deleted.
func TestOneMillisecondLST02(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		cfg.Now = fixture.NewClock().Now
		cfg.SigningKeys = [][]byte{[]byte("the one key that both processes have")}
		libs := [2]*assets.Library{backends.Library(t, cfg), backends.Library(t, cfg)}
		made := make([]assets.ID, 500)
		fixture.AtOnce(len(libs), func(process int) {
			for i := process; i < len(made); i += len(libs) {
				if out, err := libs[process].Create(t.Context(), fixture.Ann, fixture.Copy(fmt.Sprint(i))); err != nil {
					t.Error(err)
				} else {
					made[i] = out.ID
				}
			}
		})
		slices.Sort(made)
		if first, last := made[0][:13], made[len(made)-1][:13]; first != last {
			t.Fatalf("milliseconds from %s to %s", first, last)
		}
		for _, ascending := range []bool{true, false} {
			made = walkAndDelete(t, libs, made, ascending)
		}
	})
}

// walkAndDelete checks one walk over all assets and returns those that are left.
func walkAndDelete(t *testing.T, libs [2]*assets.Library, all []assets.ID, ascending bool) (left []assets.ID) {
	t.Helper()
	var walked, deleted []assets.ID
	q := assets.Query{Limit: 7, Ascending: ascending}
	for n := 0; n == 0 || q.Cursor != ""; n++ {
		page, err := libs[n%2].List(t.Context(), fixture.Ann, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			walked = append(walked, a.ID)
		}
		if q.Cursor = string(page.NextCursor); q.Cursor != "" && n%5 == 0 {
			last := walked[len(walked)-1]
			if err := libs[0].Delete(t.Context(), fixture.Ann, last, nil); err != nil {
				t.Fatal(err)
			}
			deleted = append(deleted, last)
		}
	}
	if !ascending {
		slices.Reverse(walked)
	}
	if !slices.Equal(walked, all) {
		t.Errorf("ascending %t: the walk has %d assets, want %d, each once and in order", ascending, len(walked), len(all))
	}
	return slices.DeleteFunc(walked, func(id assets.ID) bool { return slices.Contains(deleted, id) })
}
