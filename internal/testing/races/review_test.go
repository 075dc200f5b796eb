package races_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestBulkInOppositeOrdersAPR08: bulk approvals of the same assets in opposite
// orders, beside a withdrawal, neither block each other nor leave an item half
// done.
func TestBulkInOppositeOrdersAPR08(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		var items []assets.BulkItem
		for range 12 {
			items = append(items, assets.BulkItem{AssetID: fixture.Draft(t, lib, true).ID, Version: 1})
		}
		backwards := slices.Clone(items)
		slices.Reverse(backwards)
		fixture.AtOnce(8, func(i int) {
			decision := assets.Decision{Action: assets.ActionApprove}
			if i == 7 {
				decision = assets.Decision{Action: assets.ActionRequestChanges, Comment: "no"}
			}
			order := items
			if i%2 == 0 {
				order = backwards
			}
			results, err := lib.BulkReview(t.Context(), fixture.User(fixture.Subject(i)), assets.BulkDecision{Items: order, Action: decision.Action, Comment: decision.Comment})
			if err != nil || len(results) != len(order) {
				t.Errorf("bulk %d: %d results, %v", i, len(results), err)
			}
			for j, r := range results {
				if r.AssetID != order[j].AssetID {
					t.Errorf("bulk %d returns results out of order", i)
				}
				// Once changes are requested, approving needs a submit first.
				if code := assets.Code(r.Err); code != "" && code != "invalid_transition" {
					t.Errorf("bulk %d, item %d: %v", i, j, r.Err)
				}
			}
		})
		for _, item := range items {
			a := fixture.CheckConsistent(t, cfg, lib, item.AssetID)
			last := a.Reviews[len(a.Reviews)-1]
			if last.Action != assets.ActionRequestChanges || a.Status != assets.StatusDraft || a.ApprovedVersion != 0 {
				t.Errorf("after the withdrawal: %s, version %d in force, last review %s", a.Status, a.ApprovedVersion, last.Action)
			}
		}
	})
}

// TestApprovalAndRivalAPR12: a call that runs beside an approval takes effect
// either before or after it.
func TestApprovalAndRivalAPR12(t *testing.T) {
	t.Parallel()
	const rounds = 8
	approve := func(t *testing.T, lib *assets.Library, id assets.ID) error {
		return fixture.Decide(t, lib, "ann", id, assets.ActionApprove, 1)
	}
	for _, race := range []struct {
		name   string
		submit bool
		rival  func(*testing.T, *assets.Library, assets.ID) error
		legal  map[[2]string]assets.Status // codes of approval and rival: the status left
	}{
		{"delete", false, func(t *testing.T, lib *assets.Library, id assets.ID) error {
			return lib.Delete(t.Context(), fixture.User("bob"), id, nil)
		}, map[[2]string]assets.Status{{"", "not_draft"}: "approved", {"not_found", ""}: ""}},
		{"archive", true, func(t *testing.T, lib *assets.Library, id assets.ID) error {
			return fixture.Decide(t, lib, "bob", id, assets.ActionArchive, 1)
		}, map[[2]string]assets.Status{{"", ""}: "archived", {"invalid_transition", ""}: "archived"}},
		{"request changes", true, func(t *testing.T, lib *assets.Library, id assets.ID) error {
			return fixture.Decide(t, lib, "bob", id, assets.ActionRequestChanges, 1)
		}, map[[2]string]assets.Status{{"", ""}: "draft", {"invalid_transition", ""}: "draft"}},
		{"new version", true, func(t *testing.T, lib *assets.Library, id assets.ID) error {
			return fixture.AddVersion(t, lib, id, "second")
		}, map[[2]string]assets.Status{{"", ""}: "draft", {"version_conflict", ""}: "pending_review"}},
	} {
		t.Run(race.name, func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				lib := backends.Library(t, cfg)
				for range rounds {
					id := fixture.Draft(t, lib, race.submit).ID
					var errs [2]error
					fixture.AtOnce(2, func(i int) {
						if i == 0 {
							errs[0] = approve(t, lib, id)
						} else {
							errs[1] = race.rival(t, lib, id)
						}
					})
					codes := [2]string{assets.Code(errs[0]), assets.Code(errs[1])}
					status, ok := race.legal[codes]
					if !ok {
						t.Fatalf("codes %q: neither order yields them", codes)
					}
					if status == "" {
						checkGone(t, lib, id)
					} else if a := fixture.CheckConsistent(t, cfg, lib, id); a.Status != status {
						t.Errorf("codes %q leave %s, want %s", codes, a.Status, status)
					}
				}
			})
		})
	}
}

func checkGone(t testing.TB, lib *assets.Library, id assets.ID) {
	t.Helper()
	if _, err := lib.Get(t.Context(), fixture.User("checker"), id, assets.SelectCurrent); assets.Code(err) != "not_found" {
		t.Errorf("a deleted asset returns %v", err)
	}
}

// TestRepeatedDecisionAPR14: a decision made several times at once is recorded
// once.
func TestRepeatedDecisionAPR14(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action assets.Action
		before []assets.Action
		status assets.Status
	}{
		{assets.ActionSubmit, nil, "pending_review"},
		{assets.ActionApprove, []assets.Action{"submit"}, "approved"},
		{assets.ActionRequestChanges, []assets.Action{"submit", "approve"}, "draft"},
		{assets.ActionArchive, []assets.Action{"submit", "approve"}, "archived"},
		{assets.ActionReopen, []assets.Action{"archive"}, "draft"},
	} {
		t.Run(string(c.action), func(t *testing.T) {
			backends.Each(t, func(t *testing.T, cfg assets.Config) {
				lib := backends.Library(t, cfg)
				id := fixture.Draft(t, lib, false).ID
				for _, act := range c.before {
					if err := fixture.Decide(t, lib, "ann", id, act, 1); err != nil {
						t.Fatal(err)
					}
				}
				fixture.AtOnce(8, func(int) {
					if err := fixture.Decide(t, lib, "ann", id, c.action, 1); err != nil {
						t.Errorf("repeated: %v", err)
					}
				})
				a := fixture.CheckConsistent(t, cfg, lib, id)
				if a.Status != c.status || len(a.Reviews) != len(c.before)+1 {
					t.Errorf("%s with %d reviews, want %s with %d", a.Status, len(a.Reviews), c.status, len(c.before)+1)
				}
			})
		})
	}
}
