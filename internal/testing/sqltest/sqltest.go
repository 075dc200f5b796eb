// Package sqltest has what the tests of the SQL databases share: suites that the
// tests of store/sqlite and store/postgres both run beyond those of assetstest, and
// the assets, statements and tables that they look at.
package sqltest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/10ex/assets"
)

// NewAsset returns the i-th asset of workspace w. Ids ascend.
func NewAsset(i int) *assets.Asset {
	return &assets.Asset{
		ID: assets.ID(fmt.Sprintf("0190a6f0-%04x-7000-8000-%012x", i, i)), Workspace: "w",
		Type: assets.TypeCopy, Title: "Title", Status: assets.StatusDraft,
		Version: 1, CurrentVersion: 1,
		Content:   assets.Content{MediaType: "text/plain", SizeBytes: 1, SHA256: "00", Filename: "a.txt"},
		CreatedBy: "ann", CreatedAt: 1, UpdatedAt: 1, Revision: 1,
	}
}

// Put stores the i-th asset.
func Put(ctx context.Context, st assets.Store, i int) error {
	return st.Update(ctx, func(tx assets.Tx) error { return tx.PutAsset(ctx, NewAsset(i), nil) })
}

// MustPut stores the i-th asset or ends the test.
func MustPut(t testing.TB, st assets.Store, i int) {
	t.Helper()
	if err := Put(t.Context(), st, i); err != nil {
		t.Fatal(err)
	}
}

// CheckStored checks that of the assets 0…n-1 exactly those in want are stored.
func CheckStored(t testing.TB, r assets.Reader, n int, want ...int) {
	t.Helper()
	stored := make(map[int]bool)
	for _, i := range want {
		stored[i] = true
	}
	for i := range n {
		_, err := r.Asset(t.Context(), "w", NewAsset(i).ID)
		switch {
		case stored[i] && err != nil:
			t.Errorf("asset %d: %v", i, err)
		case !stored[i] && !errors.Is(err, assets.ErrNotFound):
			t.Errorf("asset %d: error %v, want ErrNotFound", i, err)
		}
	}
}

// CheckUnavailable checks that err is ErrUnavailable.
func CheckUnavailable(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("got error %v, want ErrUnavailable", err)
	}
}
