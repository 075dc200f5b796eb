package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/10ex/assets"
)

// newAsset makes the i-th asset of workspace w; their ids ascend.
func newAsset(i int) *assets.Asset {
	return &assets.Asset{
		ID: assets.ID(fmt.Sprintf("0190a6f0-%04x-7000-8000-%012x", i, i)), Workspace: "w",
		Type: assets.TypeCopy, Title: "Title", Status: assets.StatusDraft,
		Version: 1, CurrentVersion: 1,
		Content:   assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: "00", Filename: "a.txt"},
		CreatedBy: "ann", CreatedAt: 1, UpdatedAt: 1, Revision: 1,
	}
}

// put commits the i-th asset.
func put(ctx context.Context, st assets.Store, i int) error {
	return st.Update(ctx, func(tx assets.Tx) error { return tx.PutAsset(ctx, newAsset(i), nil) })
}

func mustPut(t *testing.T, st assets.Store, i int) {
	t.Helper()
	if err := put(t.Context(), st, i); err != nil {
		t.Fatal(err)
	}
}

// mustHold checks which of the assets 0…n-1 the store has.
func mustHold(t *testing.T, r assets.Reader, n int, want ...int) {
	t.Helper()
	held := make(map[int]bool)
	for _, i := range want {
		held[i] = true
	}
	for i := range n {
		_, err := r.Asset(t.Context(), "w", newAsset(i).ID)
		switch {
		case held[i] && err != nil:
			t.Errorf("asset %d: %v", i, err)
		case !held[i] && assets.Code(err) != "not_found":
			t.Errorf("asset %d: error %v, want not found", i, err)
		}
	}
}
