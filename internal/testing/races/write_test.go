package assets_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

// TestIDM01SameKeyAtOnce: one idempotency key 32 times at once makes one
// thing, and everybody gets its answer.
func TestIDM01SameKeyAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("create", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			lib := library(t, cfg)
			answers := make([]assets.Written, crowd)
			atOnce(crowd, func(i int) {
				var err error
				answers[i], err = lib.Create(t.Context(), user("maker"), assets.NewAsset{
					Type: assets.TypeCopy, Title: "headline",
					NewVersion: assets.NewVersion{Text: "text", Submit: true, IdempotencyKey: "one"},
				})
				if err != nil {
					t.Errorf("create: %v", err)
				}
			})
			page, err := lib.List(t.Context(), user("checker"), assets.Query{})
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%d assets, %v; want one", len(page.Items), err)
			}
			checkReplays(t, answers, page.Items[0].ID, 1)
			checkWhole(t, cfg, lib, page.Items[0].ID)
		})
	})
	t.Run("new version", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			lib := library(t, cfg)
			id := draft(t, lib, false).ID
			answers := make([]assets.Written, crowd)
			atOnce(crowd, func(i int) {
				var err error
				answers[i], err = lib.AddVersion(t.Context(), user("maker"), id, assets.NewVersion{Text: "second", IdempotencyKey: "one"})
				if err != nil {
					t.Errorf("add version: %v", err)
				}
			})
			checkReplays(t, answers, id, 2)
			if a := checkWhole(t, cfg, lib, id); a.CurrentVersion != 2 {
				t.Errorf("%d versions, want 2", a.CurrentVersion)
			}
		})
	})
}

// checkReplays: one answer is the first, all others replay it.
func checkReplays(t testing.TB, answers []assets.Written, id assets.ID, n assets.Number) {
	t.Helper()
	first := 0
	for _, w := range answers {
		switch {
		case w.Asset == nil: // reported already
		case w.ID != id || w.Version != n || w.Unchanged:
			t.Errorf("answered %s version %d (unchanged: %v), want %s version %d", w.ID, w.Version, w.Unchanged, id, n)
		case !w.Replayed:
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d answers are the first", first)
	}
}

// TestIDM05OneRevision: of two edits that name one revision one wins; of two
// new versions each gets its own number and its own bytes.
func TestIDM05OneRevision(t *testing.T) {
	t.Parallel()
	t.Run("edit", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			lib := library(t, cfg)
			for range 8 {
				a := draft(t, lib, false)
				errs := make([]error, 2)
				atOnce(2, func(i int) {
					title := fmt.Sprintf("title of %d", i)
					_, errs[i] = lib.Edit(t.Context(), user(subject(i)), a.ID, assets.Edit{Title: &title, IfRevision: []int64{a.Revision}})
				})
				winner := slices.Index(errs, nil)
				if got := codes(errs); got["ok"] != 1 || got["precondition_failed"] != 1 {
					t.Fatalf("answers: %v", got)
				}
				if got := checkWhole(t, cfg, lib, a.ID); got.Title != fmt.Sprintf("title of %d", winner) {
					t.Errorf("title %q, but edit %d won", got.Title, winner)
				}
			}
		})
	})
	t.Run("new versions", func(t *testing.T) {
		eachBackend(t, func(t *testing.T, cfg assets.Config) {
			lib := library(t, cfg)
			id := draft(t, lib, false).ID
			numbers := make([]assets.Number, crowd)
			atOnce(crowd, func(i int) {
				out, err := lib.AddVersion(t.Context(), user("maker"), id, assets.NewVersion{Text: fmt.Sprintf("bytes of %d", i)})
				if err != nil {
					t.Errorf("add version: %v", err)
					return
				}
				numbers[i] = out.Version
			})
			checkWhole(t, cfg, lib, id)
			for i, n := range numbers {
				if text := read(t, lib, id, n); text != fmt.Sprintf("bytes of %d", i) {
					t.Errorf("version %d of writer %d has %q", n, i, text)
				}
			}
			slices.Sort(numbers)
			if len(slices.Compact(numbers)) != crowd || numbers[0] != 2 || numbers[crowd-1] != crowd+1 {
				t.Errorf("numbers %v, want 2 to %d once each", numbers, crowd+1)
			}
		})
	})
}

// read answers a version's content.
func read(t testing.TB, lib *assets.Library, id assets.ID, n assets.Number) string {
	t.Helper()
	f, err := lib.Open(t.Context(), user("checker"), id, assets.Selector(n))
	if err != nil {
		t.Errorf("open version %d: %v", n, err)
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Errorf("read version %d: %v", n, err)
	}
	return string(b)
}
