package assets_test

import (
	"errors"
	"fmt"
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
