package assets_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestStatusOfTheVersionShown: an asset that is shown with an earlier version, by a
// replayed create, a replayed new version or a number asked for, has the status of that
// version. What is approved is in force.
func TestStatusOfTheVersionShown(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		in := fixture.Copy("first")
		in.IdempotencyKey = "create"
		made, err := lib.Create(t.Context(), fixture.Bot, in)
		if err != nil {
			t.Fatal(err)
		}
		second := assets.NewVersion{Text: "second", IdempotencyKey: "add"}
		add := func(v assets.NewVersion) assets.Written {
			t.Helper()
			w, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, v)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		check := func(state string, want ...assets.Status) {
			t.Helper()
			created, err := lib.Create(t.Context(), fixture.Bot, in)
			if err != nil {
				t.Fatal(err)
			}
			shown := map[assets.Number][]assets.Status{1: {created.Status}}
			if len(want) > 1 {
				shown[2] = []assets.Status{add(second).Status}
			}
			for n := range assets.Number(len(want)) {
				f, err := lib.Open(t.Context(), fixture.Ann, made.ID, assets.Selector(n+1))
				if err != nil {
					t.Fatal(err)
				}
				for _, status := range append(shown[n+1], f.Asset.Status) {
					if status != want[n] {
						t.Errorf("%s: version %d is shown as %s, want %s", state, n+1, status, want[n])
					}
				}
			}
		}
		decide := func(d assets.Decision) {
			t.Helper()
			if _, err := lib.Review(t.Context(), fixture.Ann, made.ID, d); err != nil {
				t.Fatal(err)
			}
		}
		const (
			draft, pending     = assets.StatusDraft, assets.StatusPendingReview
			approved, archived = assets.StatusApproved, assets.StatusArchived
		)
		check("new", draft)
		decide(assets.Decision{Action: assets.ActionSubmit})
		check("submitted", pending)
		add(second)
		check("a newer version arrived", draft, pending)
		decide(assets.Decision{Action: assets.ActionApprove, Version: 2})
		check("version 2 approved", draft, approved)
		add(assets.NewVersion{Text: "third"})
		check("version 2 in force", draft, approved, draft)
		decide(assets.Decision{Action: assets.ActionSubmit})
		check("version 3 submitted", draft, approved, pending)
		decide(assets.Decision{Action: assets.ActionApprove, Version: 3})
		check("version 3 approved", draft, draft, approved)
		decide(assets.Decision{Action: assets.ActionArchive})
		check("archived", archived, archived, archived)
		decide(assets.Decision{Action: assets.ActionReopen})
		check("reopened", draft, draft, draft)
	})
}
