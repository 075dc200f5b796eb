package assets_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestAgentsLeaveVersionsToPeopleHOS09: agents and services add versions up to 9/10
// of the limit, people up to the limit, by new content and by rollbacks.
func TestAgentsLeaveVersionsToPeopleHOS09(t *testing.T) {
	service := fixture.Bot
	service.Kind, service.Subject = assets.KindService, "importer"
	for limit, share := range map[int]int{20: 18, 11: 9, 5: 4, 2: 1} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				cfg.Limits.Versions = limit
				lib := backends.Library(t, cfg)
				made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("text 1"))
				if err != nil {
					t.Fatal(err)
				}
				number, id := 1, made.ID
				add := func(by assets.Actor) error {
					var err error
					if number%2 == 0 { // an earlier version, which differs from the current one
						_, err = lib.Rollback(t.Context(), by, id, assets.Rollback{Version: 1})
					} else {
						_, err = lib.AddVersion(t.Context(), by, id, assets.NewVersion{Text: fmt.Sprint("text ", number+1)})
					}
					if err == nil {
						number++
					}
					return err
				}
				for number < share {
					if err := add(fixture.Bot); err != nil {
						t.Fatalf("version %d: %v", number+1, err)
					}
				}
				for _, by := range []assets.Actor{fixture.Bot, service} {
					_, rolledBack := lib.Rollback(t.Context(), by, id, assets.Rollback{Version: 1})
					_, added := lib.AddVersion(t.Context(), by, id, assets.NewVersion{Text: "junk"})
					if !errors.Is(added, assets.ErrTooManyVersions) || !strings.Contains(assets.Detail(added), "people have the rest") ||
						share > 1 && number%2 == 0 && !errors.Is(rolledBack, assets.ErrTooManyVersions) {
						t.Errorf("%s at version %d: %v, %v", by.Kind, number, added, rolledBack)
					}
				}
				for number < limit {
					if err := add(fixture.Ann); err != nil {
						t.Fatalf("a person, version %d: %v", number+1, err)
					}
				}
				if err := add(fixture.Ann); !errors.Is(err, assets.ErrTooManyVersions) {
					t.Errorf("a person above the limit: %v", err)
				}
				decided, err := lib.Review(t.Context(), fixture.Ann, id, assets.Decision{Action: assets.ActionApprove, Version: assets.Number(number)})
				if err != nil || decided.Status != assets.StatusApproved {
					t.Errorf("approving the last version: %v", err)
				}
			})
		})
	}
}

// TestUnchangedAtTheLimitHOS09: what adds no version is not refused at the limit, and
// an agent can create an asset of the only version.
func TestUnchangedAtTheLimitHOS09(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		cfg.Limits.Versions = 1
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("text"))
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []assets.Actor{fixture.Bot, fixture.Ann} {
			again, err := lib.AddVersion(t.Context(), by, made.ID, fixture.Copy("text").NewVersion)
			if err != nil || !again.Unchanged {
				t.Errorf("%s: %v", by.Kind, err)
			}
			if _, err := lib.Rollback(t.Context(), by, made.ID, assets.Rollback{Version: 1}); err != nil {
				t.Errorf("%s: %v", by.Kind, err)
			}
			if _, err := lib.AddVersion(t.Context(), by, made.ID, assets.NewVersion{Text: "other"}); !errors.Is(err, assets.ErrTooManyVersions) {
				t.Errorf("%s: %v", by.Kind, err)
			}
		}
	})
}

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
