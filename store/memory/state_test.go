package memory_test

import (
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
