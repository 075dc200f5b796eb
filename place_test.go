package assets_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestPlace: the place of each asset in both orders and directions, among those that a
// query selects, and of one that does not match any more.
func TestPlace(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		var made []*assets.Asset
		for i := range 7 {
			in := fixture.Copy(fmt.Sprint("text ", i))
			in.Submit = true
			in.CampaignID = assets.Optional([]string{"even", "odd"}[i%2])
			a, err := lib.Create(t.Context(), fixture.Bot, in)
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, a.Asset)
		}
		waiting := assets.Query{Statuses: []assets.Status{assets.StatusPendingReview}, Sort: assets.SortSubmitted, Ascending: true}
		newest := assets.Query{CampaignID: "odd"}
		check := func(q assets.Query, a *assets.Asset, number, of int) {
			t.Helper()
			if got, err := lib.Place(t.Context(), fixture.Ann, q, a); err != nil || got != (assets.Place{Number: number, Of: of}) {
				t.Errorf("%+v, %v; want %d of %d", got, err, number, of)
			}
		}
		for i, a := range made {
			check(waiting, a, i+1, 7)
			if i%2 == 1 {
				check(newest, a, 3-i/2, 3)
			}
		}
		if _, err := lib.Review(t.Context(), fixture.Ann, made[2].ID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
			t.Fatal(err)
		}
		check(waiting, made[2], 3, 6)
		check(waiting, made[6], 6, 6)
		check(waiting, nil, 0, 6)
		if _, err := lib.Place(t.Context(), fixture.Ann, assets.Query{Types: []assets.Type{"song"}}, made[0]); len(fixture.FieldPaths(err)) != 1 {
			t.Errorf("an unknown type: %v", err)
		}
	})
}

// TestVolumePlace: it counts no further than MaxPlace.
func TestVolumePlace(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	var first, last *assets.Asset
	for i := range assets.MaxPlace + 2 {
		in := fixture.Copy(fmt.Sprint("text ", i))
		in.Submit = true
		a, err := lib.Create(t.Context(), fixture.Bot, in)
		if err != nil {
			t.Fatal(err)
		}
		if last = a.Asset; first == nil {
			first = last
		}
	}
	q := assets.Query{Statuses: []assets.Status{assets.StatusPendingReview}, Sort: assets.SortSubmitted, Ascending: true}
	for a, want := range map[*assets.Asset]assets.Place{first: {Number: 1}, last: {}} {
		if got, err := lib.Place(t.Context(), fixture.Ann, q, a); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}
