package assets_test

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

func TestListByCursor(t *testing.T) {
	t.Parallel()
	at := fixture.NewClock()
	cfg := assetstest.Config()
	cfg.Now = at.Now
	lib := backends.Library(t, cfg)
	var ids []assets.ID
	for i := range 20 {
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(fmt.Sprint("text ", i)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
		if i%5 == 4 {
			at.Advance(time.Millisecond)
		}
	}
	for _, ascending := range []bool{true, false} {
		var walked []assets.ID
		q := assets.Query{Limit: 7, Ascending: ascending}
		for {
			page, err := lib.List(t.Context(), fixture.Ann, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Items {
				walked = append(walked, a.ID)
			}
			if q.Cursor = string(page.NextCursor); q.Cursor == "" {
				break
			}
		}
		want := slices.Clone(ids)
		if !ascending {
			slices.Reverse(want)
		}
		if !slices.Equal(walked, want) {
			t.Errorf("ascending %v: walked %v, want %v", ascending, walked, want)
		}
	}
	first := assets.TimeOf(fixture.NewClock().Now())
	page, err := lib.List(t.Context(), fixture.Ann, assets.Query{CreatedAfter: first + 1, CreatedBefore: first + 3})
	if err != nil || len(page.Items) != 10 || page.Items[9].CreatedAt != first+1 {
		t.Errorf("created within 2 ms: %d items, %v", len(page.Items), err)
	}
}

// TestCursorLST03: a cursor is valid only for the list that it came from.
func TestCursorLST03(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	lib := backends.Library(t, cfg)
	for i := range 3 {
		if _, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	q := assets.Query{Limit: 1, Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}}
	page, err := lib.List(t.Context(), fixture.Ann, q)
	if err != nil {
		t.Fatal(err)
	}
	cursor := string(page.NextCursor)
	tests := []struct {
		name string
		by   assets.Actor
		q    assets.Query
		ok   bool
	}{
		{"same", fixture.Ann, q, true},
		{"values in another order", fixture.Ann, assets.Query{Limit: 2, Types: []assets.Type{assets.TypeBlog, assets.TypeCopy}}, true},
		{"another filter", fixture.Ann, assets.Query{Types: []assets.Type{assets.TypeCopy}}, false},
		{"another order", fixture.Ann, assets.Query{Types: q.Types, Ascending: true}, false},
		{"another perspective", fixture.Ann, assets.Query{Types: q.Types, Statuses: []assets.Status{assets.StatusApproved}}, false},
		{"another workspace TEN05", assetstest.User("acm", "ann"), q, false},
	}
	restarted := backends.Library(t, cfg)
	for _, tt := range tests {
		tt.q.Cursor = cursor
		_, err := restarted.List(t.Context(), tt.by, tt.q)
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	edited := []byte(cursor)
	edited[len(edited)/2] ^= 1
	for _, bad := range []string{cursor[1:], cursor + "A", string(edited), strings.Repeat("A", 1<<20), "%"} {
		q.Cursor = bad
		if _, err := lib.List(t.Context(), fixture.Ann, q); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("cursor of %d bytes: %v", len(bad), err)
		}
	}
}

// TestCursorsOfBefore: a cursor that was signed before a filter was added to the
// library is valid.
func TestCursorsOfBeforeMIG03(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	var made []assets.ID
	for i := range 2 {
		in := fixture.Copy(fmt.Sprint(i))
		in.CampaignID = "spring"
		w, err := lib.Create(t.Context(), fixture.Ann, in)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Review(t, lib, w.ID, assets.ActionSubmit)
		fixture.Review(t, lib, w.ID, assets.ActionApprove)
		made = append(made, w.ID)
	}
	const rest = `"Types":["blog","copy"],"Statuses":null,"IDs":null,"AgentSlug":"","RunID":"","CampaignID":"spring","BrandID":"","BriefID":"","Tags":null,"Since":"","Until":""}`
	query := assets.Query{Types: []assets.Type{assets.TypeCopy, assets.TypeBlog}, CampaignID: "spring"}
	approved, perspective := query, query
	approved.Statuses, perspective.Perspective = []assets.Status{assets.StatusApproved}, assets.PerspectiveApproved
	for _, c := range []struct {
		filter string
		q      assets.Query
	}{{`{"Approved":false,` + rest, query}, {`{"Approved":true,` + rest, approved}, {`{"Approved":true,` + rest, perspective}} {
		c.q.Cursor = lib.Sign("cursor", [][]byte{[]byte("acme"), []byte(c.filter), []byte("desc")}, []byte(made[1]))
		page, err := lib.List(t.Context(), fixture.Ann, c.q)
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != made[0] {
			t.Errorf("%+v: %d items, %v", c.q, len(page.Items), err)
		}
	}
}

// walk returns all assets of a list, which it reads by two.
func walk(t *testing.T, lib *assets.Library, q assets.Query) (ids []assets.ID) {
	t.Helper()
	q.Limit = 2
	for {
		page, err := lib.List(t.Context(), fixture.Ann, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			ids = append(ids, a.ID)
		}
		if q.Cursor = string(page.NextCursor); q.Cursor == "" {
			return ids
		}
	}
}

// TestListBySubmission: what is under review is in the order in which it was submitted,
// two within one millisecond by id; submitting again moves an asset to the end.
func TestListBySubmission(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		cfg.Now = at.Now
		lib := backends.Library(t, cfg)
		var made []assets.ID
		for i := range 6 {
			w, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy(fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, w.ID)
		}
		for i, n := range []int{3, 0, 4, 1, 2} { // not 5
			if i != 3 {
				at.Advance(time.Millisecond)
			}
			fixture.Review(t, lib, made[n], assets.ActionSubmit)
		}
		q := assets.Query{Statuses: []assets.Status{assets.StatusPendingReview}, Sort: assets.SortSubmitted, Ascending: true}
		check := func(want ...int) {
			t.Helper()
			var ids []assets.ID
			for _, n := range want {
				ids = append(ids, made[n])
			}
			oldest, newest := q, q
			newest.Ascending = false
			if got := walk(t, lib, oldest); !slices.Equal(got, ids) {
				t.Errorf("oldest first: %v, want %v", got, ids)
			}
			slices.Reverse(ids)
			if got := walk(t, lib, newest); !slices.Equal(got, ids) {
				t.Errorf("newest first: %v, want %v", got, ids)
			}
		}
		check(3, 0, 1, 4, 2)
		if _, err := lib.AddVersion(t.Context(), fixture.Ann, made[0], assets.NewVersion{Text: "again"}); err != nil {
			t.Fatal(err)
		}
		check(3, 0, 1, 4, 2)
		at.Advance(time.Millisecond)
		fixture.Review(t, lib, made[0], assets.ActionSubmit)
		fixture.Review(t, lib, made[1], assets.ActionApprove)
		check(3, 4, 2, 0)

		page, err := lib.List(t.Context(), fixture.Ann, assets.Query{Statuses: q.Statuses, Sort: q.Sort, Ascending: true, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for name, other := range map[string]assets.Query{
			"order": {Statuses: q.Statuses, Ascending: true}, "direction": {Statuses: q.Statuses, Sort: q.Sort}, "filter": {Statuses: q.Statuses, Sort: q.Sort, Ascending: true, CreatedBy: "ann"},
		} {
			other.Cursor = string(page.NextCursor)
			if _, err := lib.List(t.Context(), fixture.Ann, other); !errors.Is(err, assets.ErrInvalidCursor) {
				t.Errorf("a cursor of another %s: %v", name, err)
			}
		}
	})
}

// TestListPerspective: each perspective compares and shows one version, and its newest
// decision.
func TestListPerspective(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
		if err != nil {
			t.Fatal(err)
		}
		fixture.Review(t, lib, made.ID, assets.ActionSubmit)
		fixture.Review(t, lib, made.ID, assets.ActionApprove)
		if _, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{Text: "<p>second", MediaType: "text/html", Submit: true}); err != nil {
			t.Fatal(err)
		}
		fixture.Review(t, lib, made.ID, assets.ActionRequestChanges)
		const draft, approved = assets.StatusDraft, assets.StatusApproved
		for _, c := range []struct {
			q       assets.Query
			version assets.Number // that is listed; 0 is none
			last    assets.Action
		}{
			{assets.Query{}, 2, assets.ActionRequestChanges},
			{assets.Query{Statuses: []assets.Status{approved}}, 1, assets.ActionApprove},
			{assets.Query{Perspective: assets.PerspectiveApproved}, 1, assets.ActionApprove},
			{assets.Query{Perspective: assets.PerspectiveApproved, Statuses: []assets.Status{approved, approved}}, 1, assets.ActionApprove},
			{assets.Query{Perspective: assets.PerspectiveCurrent, Statuses: []assets.Status{approved}}, 0, ""},
			{assets.Query{Perspective: assets.PerspectiveCurrent, Statuses: []assets.Status{approved, draft}}, 2, assets.ActionRequestChanges},
			{assets.Query{LastAction: assets.ActionRequestChanges, MediaType: "Text/HTML", CreatedBy: "copywriter"}, 2, assets.ActionRequestChanges},
			{assets.Query{Perspective: assets.PerspectiveApproved, LastAction: assets.ActionApprove, MediaType: "text/plain; charset=utf-8", CreatedBy: "copywriter"}, 1, assets.ActionApprove},
			{assets.Query{Perspective: assets.PerspectiveApproved, LastAction: assets.ActionRequestChanges}, 0, ""},
			{assets.Query{Perspective: assets.PerspectiveApproved, MediaType: "text/html"}, 0, ""},
			{assets.Query{LastAction: assets.ActionApprove}, 0, ""},
			{assets.Query{CreatedBy: "ann"}, 0, ""},
		} {
			page, err := lib.List(t.Context(), fixture.Ann, c.q)
			if err != nil || len(page.Items) != min(1, int(c.version)) {
				t.Errorf("%+v: %d items, %v", c.q, len(page.Items), err)
				continue
			}
			for _, a := range page.Items {
				if a.Version != c.version || a.LastReview.Action != c.last || a.LastReview.By != "ann" {
					t.Errorf("%+v: version %d, last review %+v", c.q, a.Version, a.LastReview)
				}
			}
		}
	})
}

// TestListPreviewWidth: each signed link opens a rendition of that width.
func TestListPreviewWidth(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	if _, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.Noise(400, 10))); err != nil {
		t.Fatal(err)
	}
	page, err := lib.List(t.Context(), fixture.Ann, assets.Query{PreviewExpiresIn: time.Minute, PreviewWidth: 160})
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.OpenPreview(t.Context(), fixture.Token(page.Items[0].PreviewURL))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, _, err := image.DecodeConfig(f); err != nil || got.Width != 160 {
		t.Errorf("the link opens an image of width %d, %v", got.Width, err)
	}
}

// TestResumeByTimeLST01: a process whose clock is behind commits an asset below the
// highest created_at. A list that starts 60 s before that finds it.
func TestResumeByTimeLST01(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		ahead, behind := cfg, cfg
		ahead.Now = func() time.Time { return at.Now().Add(5 * time.Second) }
		behind.Now = at.Now
		lib := backends.Library(t, ahead)
		seen, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("seen"))
		if err != nil {
			t.Fatal(err)
		}
		late, err := backends.Library(t, behind).Create(t.Context(), fixture.Bot, fixture.Copy("late"))
		if err != nil {
			t.Fatal(err)
		}
		for from, want := range map[assets.Time][]assets.ID{
			seen.CreatedAt:                   {seen.ID},
			seen.CreatedAt.Add(-time.Minute): {late.ID, seen.ID},
		} {
			var got []assets.ID
			for a, err := range lib.All(t.Context(), fixture.Ann, assets.Query{CreatedAfter: from, Ascending: true}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, a.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("from %s: %v, want %v", from, got, want)
			}
		}
	})
}

// TestApprovedStatusLST07: the status approved cannot be combined with others.
func TestApprovedStatusLST07(t *testing.T) {
	t.Parallel()
	q := assets.Query{Statuses: []assets.Status{assets.StatusApproved, assets.StatusDraft}}
	_, err := assetstest.New(t).List(t.Context(), fixture.Ann, q)
	if f := assets.FieldErrors(err); len(f) != 1 || fmt.Sprint(f[0].Loc) != "[status]" {
		t.Errorf("List: %v", err)
	}
}

// FuzzCursor expects that a cursor that was not signed is refused.
func FuzzCursor(f *testing.F) {
	lib, err := assets.New(assetstest.Config())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		_, err := lib.List(t.Context(), fixture.Ann, assets.Query{Cursor: cursor})
		if cursor != "" && !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	})
}
