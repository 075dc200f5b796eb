package sqltest

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

// CancelDuringCommit cancels the contexts of Updates before, during and after
// COMMIT, and checks that the outcome of each is known.
func CancelDuringCommit(t *testing.T, st assets.Store) {
	t.Helper()
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		err := st.Update(ctx, func(tx assets.Tx) error {
			err := tx.PutAsset(ctx, NewAsset(i), nil)
			go func() { defer close(done); cancel() }() // before, in or after COMMIT
			return err
		})
		<-done
		if errors.Is(err, assets.ErrOutcomeUnknown) {
			t.Fatalf("%v: the outcome of a cancelled commit is known", err)
		}
		_, found := st.Asset(t.Context(), "w", NewAsset(i).ID)
		if (err == nil) != (found == nil) {
			t.Fatalf("Update returned %v, reading %v", err, found)
		}
	}
}
