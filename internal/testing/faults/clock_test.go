package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestClockStepsCLK01 sets the clock back and ahead by seconds, an hour and a
// year. Ids keep ascending over small steps back, and follow large ones without
// a restart; each list is complete; versions are numbered on.
func TestClockStepsCLK01(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		cfg.Now, cfg.PublicURL = at.Now, "https://cdn.example"
		cfg.SigningKeys = [][]byte{[]byte(fixture.SigningKey)}
		lib := backends.Library(t, cfg)
		one, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("the one of many versions"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := lib.PreviewURL(t.Context(), fixture.Ann, one.ID, assets.PreviewOptions{ExpiresIn: 2 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		made := []assets.ID{one.ID}
		for i, step := range []struct {
			by    time.Duration
			small bool // ids ascend all the same
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
			at.Advance(step.by)
			a, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			if last := made[len(made)-1]; step.small != (a.ID > last) {
				t.Errorf("step %v: %s follows %s", step.by, a.ID, last)
			}
			if now := assets.TimeOf(at.Now()); !step.small && a.CreatedAt != now {
				t.Errorf("step %v: created at %s, the clock says %s", step.by, a.CreatedAt, now)
			}
			if got := assets.Time(id.Time(string(a.ID))); got != a.CreatedAt {
				t.Errorf("created at %s, the id says %s", a.CreatedAt, got)
			}
			made = append(made, a.ID)
			if _, err := lib.AddVersion(t.Context(), fixture.Bot, one.ID, assets.NewVersion{Text: fmt.Sprint("version ", i)}); err != nil {
				t.Fatal(err)
			}
			walkAll(t, lib, made)
		}
		got, err := lib.Get(t.Context(), fixture.Ann, one.ID, assets.SelectCurrent)
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
		p, err := lib.OpenPreview(t.Context(), fixture.Token(link.URL)) // at least one of its two hours is left
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

// walkAll lists in pages of two, in both orders, and wants each asset once.
func walkAll(t *testing.T, lib *assets.Library, want []assets.ID) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	for _, ascending := range []bool{true, false} {
		var got []assets.ID
		q := assets.Query{Limit: 2, Ascending: ascending}
		for first := true; first || q.Cursor != ""; first = false {
			page, err := lib.List(t.Context(), fixture.Ann, q)
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

// TestTimeZoneOfHostCLK02: whatever the time zone of the host, its JSON has the
// same bytes, in UTC with Z.
func TestTimeZoneOfHostCLK02(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		cfg.SigningKeys = [][]byte{[]byte(fixture.SigningKey)}
		zone := time.UTC
		cfg.Now = func() time.Time { return at.Now().In(zone) }
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
		if err != nil {
			t.Fatal(err)
		}
		var first string
		for _, zone = range []*time.Location{time.UTC, time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600+1800)} {
			got, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			link, err := lib.PreviewURL(t.Context(), fixture.Ann, made.ID, assets.PreviewOptions{ExpiresIn: time.Hour})
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
