package memory_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// put stores an asset.
func put(t *testing.T, s *memory.Store, a *assets.Asset) {
	t.Helper()
	err := s.Update(t.Context(), func(tx assets.Tx) error { return tx.PutAsset(t.Context(), a, nil) })
	if err != nil {
		t.Fatal(err)
	}
}

// TestSnapshotStays changes, adds and deletes assets while a View reads.
func TestSnapshotStays(t *testing.T) {
	t.Parallel()
	s := memory.New()
	put(t, s, &assets.Asset{Workspace: "w", ID: "b", Title: "first"})
	err := s.View(t.Context(), func(r assets.Snapshot) error {
		check := func() {
			t.Helper()
			list, err := r.Assets(t.Context(), "w", assets.Filter{}, assets.Window{Limit: 9})
			if err != nil || len(list) != 1 || list[0].Title != "first" {
				t.Errorf("%+v, %v; want the first asset only", list, err)
			}
		}
		check()
		put(t, s, &assets.Asset{Workspace: "w", ID: "a"})
		put(t, s, &assets.Asset{Workspace: "w", ID: "c"})
		put(t, s, &assets.Asset{Workspace: "w", ID: "b", Title: "second"})
		check()
		err := s.Update(t.Context(), func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", "b") })
		check()
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAssetsAreCopies changes an asset after it was stored and after it was read.
func TestAssetsAreCopies(t *testing.T) {
	t.Parallel()
	s := memory.New()
	a := &assets.Asset{
		Workspace: "w", ID: "a", Title: "t", Tags: assets.Tags{"k": {"v"}}, PreviewURL: "https://example.com",
		Provenance: assets.Provenance{Parameters: []byte("{}"), DerivedFrom: []assets.Ref{{AssetID: "x"}}, Inputs: []assets.Input{{ID: "x"}}},
	}
	put(t, s, a)
	for range 2 {
		a.Title, a.Tags["k"][0], a.Provenance.Parameters[0], a.Provenance.DerivedFrom[0].AssetID, a.Provenance.Inputs[0].ID = "y", "y", 'y', "y", "y"
		a.Tags["more"] = nil
		got, err := s.Asset(t.Context(), "w", "a")
		if err != nil {
			t.Fatal(err)
		}
		p := got.Provenance
		if got.Title != "t" || len(got.Tags) != 1 || got.Tags["k"][0] != "v" || string(p.Parameters) != "{}" || p.DerivedFrom[0].AssetID != "x" || p.Inputs[0].ID != "x" {
			t.Errorf("the stored asset has changed: %+v", got)
		}
		if got.PreviewURL != "" {
			t.Errorf("the preview URL %s was stored", got.PreviewURL)
		}
		a = got
	}
}

// addReviews adds reviews of version 1 of asset "a" in one Update, which then
// returns end.
func addReviews(t *testing.T, s *memory.Store, end error, reviews ...assets.Review) {
	t.Helper()
	err := s.Update(t.Context(), func(tx assets.Tx) error {
		for _, r := range reviews {
			r.AssetID, r.Version = "a", 1
			if err := tx.AddReview(t.Context(), "w", r); err != nil {
				return err
			}
		}
		return end
	})
	if !errors.Is(err, end) {
		t.Fatal(err)
	}
}

// TestReviewsOfOneStateStay adds reviews to an asset in Updates that fail or commit
// while a View reads, also one that is not the newest. States share arrays.
func TestReviewsOfOneStateStay(t *testing.T) {
	t.Parallel()
	s := memory.New()
	check := func(r assets.Reader, want ...assets.ID) {
		t.Helper()
		for _, n := range []assets.Number{0, 1} {
			reviews, err := r.Reviews(t.Context(), "w", "a", n, 0)
			got := make([]assets.ID, len(reviews))
			for i := range reviews {
				got[i] = reviews[i].ID
				reviews[i].ID = "changed by the caller"
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("reviews of version %d: %v, %v; want %v", n, got, err, want)
			}
		}
	}
	for i := range 5 {
		addReviews(t, s, nil, assets.Review{ID: assets.ID(fmt.Sprint(i)), Revision: int64(10 + i)})
	}
	err := s.View(t.Context(), func(r assets.Snapshot) error {
		check(r, "0", "1", "2", "3", "4")
		addReviews(t, s, io.EOF, assets.Review{ID: "undone", Revision: 15}, assets.Review{ID: "undone too", Revision: 16})
		check(s, "0", "1", "2", "3", "4")
		addReviews(t, s, nil, assets.Review{ID: "5", Revision: 15})
		addReviews(t, s, nil, assets.Review{ID: "early", Revision: 12}, assets.Review{ID: "6", Revision: 16})
		check(r, "0", "1", "2", "3", "4")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	check(s, "0", "1", "2", "early", "3", "4", "5", "6")
}
