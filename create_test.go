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
