package races_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestSameKeyAtOnceIDM01: 32 calls with one idempotency key at once make one asset
// or version, and all return it.
func TestSameKeyAtOnceIDM01(t *testing.T) {
	t.Parallel()
	t.Run("create", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			lib := backends.Library(t, cfg)
			results := make([]assets.Written, many)
			fixture.AtOnce(many, func(i int) {
				var err error
				results[i], err = lib.Create(t.Context(), fixture.User("maker"), assets.NewAsset{
					Type: assets.TypeCopy, Title: "headline",
					NewVersion: assets.NewVersion{Text: "text", Submit: true, IdempotencyKey: "one"},
				})
				if err != nil {
					t.Errorf("create: %v", err)
				}
			})
			page, err := lib.List(t.Context(), fixture.User("checker"), assets.Query{})
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%d assets, %v; want one", len(page.Items), err)
			}
			checkReplays(t, results, page.Items[0].ID, 1)
			fixture.CheckConsistent(t, cfg, lib, page.Items[0].ID)
		})
	})
	t.Run("new version", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			lib := backends.Library(t, cfg)
			id := fixture.Draft(t, lib, false).ID
			results := make([]assets.Written, many)
			fixture.AtOnce(many, func(i int) {
				var err error
				results[i], err = lib.AddVersion(t.Context(), fixture.User("maker"), id, assets.NewVersion{Text: "second", IdempotencyKey: "one"})
				if err != nil {
					t.Errorf("add version: %v", err)
				}
			})
			checkReplays(t, results, id, 2)
			if a := fixture.CheckConsistent(t, cfg, lib, id); a.CurrentVersion != 2 {
				t.Errorf("%d versions, want 2", a.CurrentVersion)
			}
		})
	})
}

// checkReplays checks that one call wrote and that all others replayed it.
func checkReplays(t testing.TB, results []assets.Written, id assets.ID, n assets.Number) {
	t.Helper()
	first := 0
	for _, w := range results {
		switch {
		case w.Asset == nil: // reported already
		case w.ID != id || w.Version != n || w.Unchanged:
			t.Errorf("got %s version %d (unchanged: %v), want %s version %d", w.ID, w.Version, w.Unchanged, id, n)
		case !w.Replayed:
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d calls wrote, want one", first)
	}
}

// TestTwoWritersIDM05: of two edits of one revision one succeeds; of versions that
// are added at once each gets its own number and its own bytes.
func TestTwoWritersIDM05(t *testing.T) {
	t.Parallel()
	t.Run("edit", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			lib := backends.Library(t, cfg)
			for range 8 {
				a := fixture.Draft(t, lib, false)
				errs := make([]error, 2)
				fixture.AtOnce(2, func(i int) {
					title := fmt.Sprintf("title of %d", i)
					_, errs[i] = lib.Edit(t.Context(), fixture.User(fixture.Subject(i)), a.ID, assets.Edit{Title: &title, IfRevision: []int64{a.Revision}})
				})
				winner := slices.Index(errs, nil)
				if got := fixture.CountCodes(errs); got["ok"] != 1 || got["precondition_failed"] != 1 {
					t.Fatalf("codes: %v", got)
				}
				if got := fixture.CheckConsistent(t, cfg, lib, a.ID); got.Title != fmt.Sprintf("title of %d", winner) {
					t.Errorf("title %q, but edit %d succeeded", got.Title, winner)
				}
			}
		})
	})
	t.Run("new versions", func(t *testing.T) {
		backends.Each(t, func(t *testing.T, cfg assets.Config) {
			lib := backends.Library(t, cfg)
			id := fixture.Draft(t, lib, false).ID
			numbers := make([]assets.Number, many)
			fixture.AtOnce(many, func(i int) {
				out, err := lib.AddVersion(t.Context(), fixture.User("maker"), id, assets.NewVersion{Text: fmt.Sprintf("bytes of %d", i)})
				if err != nil {
					t.Errorf("add version: %v", err)
					return
				}
				numbers[i] = out.Version
			})
			fixture.CheckConsistent(t, cfg, lib, id)
			for i, n := range numbers {
				if text := fixture.Read(t, lib, id, n); text != fmt.Sprintf("bytes of %d", i) {
					t.Errorf("version %d of writer %d has %q", n, i, text)
				}
			}
			slices.Sort(numbers)
			if len(slices.Compact(numbers)) != many || numbers[0] != 2 || numbers[many-1] != many+1 {
				t.Errorf("numbers %v, want 2 to %d once each", numbers, many+1)
			}
		})
	})
}
