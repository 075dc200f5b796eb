package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// sixthSchema makes a database one of the sixth schema, which has neither submissions
// nor newest decisions.
func sixthSchema(t *testing.T, st *store.Store) {
	t.Helper()
	seventhSchema(t, st)
	for _, index := range []string{"creator", "media", "decision", "submitted"} {
		execute(t, st.DB(), "DROP INDEX asset_perspectives_"+index)
	}
	for _, column := range []string{"submitted_at", "submitted_by", "last_action", "last_version", "last_by", "last_kind", "last_at", "last_comment"} {
		execute(t, st.DB(), "ALTER TABLE asset_perspectives DROP COLUMN "+column)
	}
	execute(t, st.DB(), "DELETE FROM asset_schema WHERE version > 6")
}

// review returns the i-th review of an asset.
func review(id assets.ID, i int, n assets.Number, action assets.Action, from, to assets.Status) assets.Review {
	return assets.Review{
		ID: assets.ID(fmt.Sprintf("%s%012x", id[:24], i)), AssetID: id, Version: n, Action: action, FromStatus: from, ToStatus: to,
		Comment: fmt.Sprint("comment ", i), By: fmt.Sprint("reviewer ", i), ByKind: assets.KindUser, At: assets.Time(100 + i), Revision: int64(i),
	}
}

// lastOf returns a review as an asset shows it.
func lastOf(r assets.Review) assets.LastReview {
	return assets.LastReview{Action: r.Action, Version: r.Version, By: r.By, ByKind: r.ByKind, At: r.At, Comment: r.Comment}
}

// TestMigrateFillsSubmissionsAndDecisions migrates assets with each kind of history.
func TestMigrateFillsSubmissionsAndDecisions(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const draft, pending, approved = assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved
		id := func(i int) assets.ID { return sqltest.NewAsset(i).ID }
		of := func(history ...assets.Review) []assets.Review { return history }
		histories := []struct {
			status              assets.Status
			submitted, approved assets.Number
			reviews             []assets.Review
			by                  int // the review that submitted it, from 1
			last, lastApproved  int // the newest review, and the newest of the approved version, from 1
		}{
			0: {status: draft},
			1: {pending, 1, 0, of(review(id(1), 1, 1, assets.ActionSubmit, draft, pending)), 1, 1, 0},
			2: {pending, 2, 0, of( // submitted again after a newer version came
				review(id(2), 1, 1, assets.ActionSubmit, draft, pending), review(id(2), 2, 2, assets.ActionSubmit, pending, pending),
			), 2, 2, 0},
			3: {pending, 1, 0, of( // submitted by an approval short of a quorum; another one of a newer version does not submit it
				review(id(3), 1, 1, assets.ActionApprove, draft, pending), review(id(3), 2, 2, assets.ActionApprove, pending, pending),
			), 1, 2, 0},
			4: {draft, 0, 1, of( // version 2 is sent back while version 1 is in force
				review(id(4), 1, 1, assets.ActionApprove, draft, approved), review(id(4), 2, 2, assets.ActionSubmit, draft, pending),
				review(id(4), 3, 2, assets.ActionRequestChanges, pending, draft),
			), 0, 3, 1},
			5: {pending, 2, 1, of( // version 2 waits while version 1 is in force
				review(id(5), 1, 1, assets.ActionApprove, draft, approved), review(id(5), 2, 2, assets.ActionSubmit, draft, pending),
			), 2, 2, 1},
		}
		update(t, st, func(tx assets.Tx) error {
			for i, h := range histories {
				a := sqltest.NewAsset(i)
				a.Version, a.CurrentVersion, a.Status, a.Submitted.Version = 2, 2, h.status, h.submitted
				var inForce *assets.Asset
				if h.approved != 0 {
					shown := *a
					shown.Version, shown.Status = h.approved, approved
					inForce = &shown
				}
				if err := tx.PutAsset(t.Context(), a, inForce); err != nil {
					return err
				}
				for _, r := range h.reviews {
					if err := tx.AddReview(t.Context(), "w", r); err != nil {
						return err
					}
				}
			}
			return nil
		})
		sixthSchema(t, st)
		if err := store.Migrate(t.Context(), st.DB()); err != nil {
			t.Fatal(err)
		}
		type decisions struct {
			Submitted assets.Submission
			Last      assets.LastReview
		}
		for i, h := range histories {
			for _, inForce := range []bool{false, true} {
				list, err := st.Assets(t.Context(), "w", assets.Filter{IDs: []assets.ID{id(i)}, Approved: inForce}, assets.Window{Limit: 1})
				if err != nil || len(list) != 1 && (!inForce || h.approved != 0) {
					t.Fatalf("asset %d: %v, %v", i, list, err)
				}
				var want decisions
				last := h.last
				if inForce {
					last = h.lastApproved
				} else if h.by > 0 {
					r := h.reviews[h.by-1]
					want.Submitted = assets.Submission{Version: r.Version, At: r.At, By: r.By}
				}
				if last > 0 {
					want.Last = lastOf(h.reviews[last-1])
				}
				for _, a := range list {
					if diff := cmp.Diff(want, decisions{a.Submitted, a.LastReview}); diff != "" {
						t.Errorf("asset %d, in force %t (-want +got):\n%s", i, inForce, diff)
					}
				}
			}
		}
	})
}

// TestVolumeFillReviewsGoesOn: a fill that was interrupted goes on behind the last row that
// is complete, and leaves alone what was written meanwhile.
func TestVolumeFillReviewsGoesOn(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n, done = 2500, 700
		newer := assets.LastReview{Action: assets.ActionArchive, Version: 1, By: "ben", ByKind: assets.KindUser, At: 9}
		update(t, st, func(tx assets.Tx) error {
			for i := range n {
				a := sqltest.NewAsset(i)
				if i == n-1 {
					a.LastReview = newer
				}
				if err := tx.PutAsset(t.Context(), a, nil); err != nil {
					return err
				}
				r := review(a.ID, 1, 1, assets.ActionSubmit, assets.StatusDraft, assets.StatusDraft)
				if err := tx.AddReview(t.Context(), "w", r); err != nil {
					return err
				}
			}
			return nil
		})
		at := fmt.Sprintf(`{"workspace":"w","perspective":"current","id":"%s"}`, sqltest.NewAsset(done-1).ID)
		execute(t, st.DB(), "INSERT INTO asset_meta (name, value) VALUES ('reviews_pending', '"+at+"')")
		for range 2 { // the second time nothing is left to do
			if err := store.Migrate(t.Context(), st.DB()); err != nil {
				t.Fatal(err)
			}
			list, err := st.Assets(t.Context(), "w", assets.Filter{}, assets.Window{Limit: n, Ascending: true})
			if err != nil || len(list) != n {
				t.Fatalf("%d assets, %v", len(list), err)
			}
			for i, a := range list {
				want := lastOf(review(a.ID, 1, 1, assets.ActionSubmit, "", ""))
				if i < done {
					want = assets.LastReview{}
				} else if i == n-1 {
					want = newer
				}
				if a.LastReview != want {
					t.Fatalf("asset %d has %+v, want %+v", i, a.LastReview, want)
				}
			}
		}
	})
}
