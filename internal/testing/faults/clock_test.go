package assets_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/id"
)

// TestCLK01StepsOfTheClock steps the clock back an hour, a year ahead for a
// second, and back: small steps never take ids back, large ones are followed
// without a restart, each list is whole, and versions go by number.
func TestCLK01StepsOfTheClock(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		at := newClock()
		cfg.Now, cfg.PublicURL = at.now, "https://cdn.example"
		cfg.SigningKeys = [][]byte{[]byte("a key for the links and the cursors")}
		lib := library(t, cfg)
		one, err := lib.Create(t.Context(), bot, newCopy("the one of many versions"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := lib.PreviewURL(t.Context(), ann, one.ID, assets.PreviewOptions{ExpiresIn: 2 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		made := []assets.ID{one.ID}
		for i, step := range []struct {
			by    time.Duration
			small bool // too small for ids to follow it back
		}{
			{-time.Second, true},
			{-59 * time.Second, true},
			{time.Minute, true},
			{-time.Hour, false},
			{time.Second, true},
			{365 * 24 * time.Hour, true},
			{time.Second, true},
			{-365 * 24 * time.Hour, false},
			{-30 * time.Second, true},
		} {
			at.advance(step.by)
			a, err := lib.Create(t.Context(), bot, newCopy(fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			if last := made[len(made)-1]; step.small != (a.ID > last) {
				t.Errorf("step %v: %s follows %s", step.by, a.ID, last)
			}
			if now := assets.TimeOf(at.now()); !step.small && a.CreatedAt != now {
				t.Errorf("step %v: created at %s, the clock says %s", step.by, a.CreatedAt, now)
			}
			if got := assets.Time(id.Time(string(a.ID))); got != a.CreatedAt {
				t.Errorf("created at %s, the id says %s", a.CreatedAt, got)
			}
			made = append(made, a.ID)
			if _, err := lib.AddVersion(t.Context(), bot, one.ID, assets.NewVersion{Text: fmt.Sprint("version ", i)}); err != nil {
				t.Fatal(err)
			}
			walkAll(t, lib, made)
		}
		got, err := lib.Get(t.Context(), ann, one.ID, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.Versions {
			if int(v.Number) != i+1 {
				t.Errorf("version %d in place %d", v.Number, i+1)
			}
		}
		if n := len(made); len(got.Versions) != n || int(got.Version) != n || got.Revision != int64(n) {
			t.Errorf("version %d, %d versions, revision %d, want %d", got.Version, len(got.Versions), got.Revision, n)
		}
		p, err := lib.OpenPreview(t.Context(), previewToken(t, link.URL)) // an hour of its two is left, or more
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil || string(text) == "" {
			t.Errorf("preview of version 1: %q, %v", text, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// walkAll walks in pages of two, both ways, and wants each asset once.
func walkAll(t *testing.T, lib *assets.Library, want []assets.ID) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	for _, ascending := range []bool{true, false} {
		var got []assets.ID
		q := assets.Query{Limit: 2, Ascending: ascending}
		for first := true; first || q.Cursor != ""; first = false {
			page, err := lib.List(t.Context(), ann, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Items {
				got = append(got, a.ID)
			}
			q.Cursor = string(page.NextCursor)
		}
		if !ascending {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("ascending %t: walked %v, want %v", ascending, got, want)
		}
	}
}

// TestCLK02HostInAnotherZone: wherever the host is, its answers have the same
// bytes, in UTC with Z.
func TestCLK02HostInAnotherZone(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		at := newClock()
		cfg.SigningKeys = [][]byte{[]byte("a key for the links and the cursors")}
		zone := time.UTC
		cfg.Now = func() time.Time { return at.now().In(zone) }
		lib := library(t, cfg)
		made, err := lib.Create(t.Context(), bot, newCopy("hello"))
		if err != nil {
			t.Fatal(err)
		}
		var first string
		for _, zone = range []*time.Location{time.UTC, time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600+1800)} {
			got, err := lib.Get(t.Context(), ann, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			link, err := lib.PreviewURL(t.Context(), ann, made.ID, assets.PreviewOptions{ExpiresIn: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal([]any{got, link})
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = string(text)
			}
			if string(text) != first || got.CreatedAt.String() != "2026-03-01T12:00:00.000Z" {
				t.Errorf("in %v: %s, want %s", zone, text, first)
			}
		}
	})
}
