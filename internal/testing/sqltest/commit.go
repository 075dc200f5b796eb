package sqltest

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

// ContextThatEndsDuringCommit shows that a COMMIT is not interrupted: its outcome is
// known. sample answers the i-th asset of workspace w.
func ContextThatEndsDuringCommit(t *testing.T, st assets.Store, sample func(i int) *assets.Asset) {
	t.Helper()
	for i := range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		err := st.Update(ctx, func(tx assets.Tx) error {
			err := tx.PutAsset(ctx, sample(i), nil)
			go func() { defer close(done); cancel() }() // before, in or after COMMIT
			return err
		})
		<-done
		if errors.Is(err, assets.ErrOutcomeUnknown) {
			t.Fatalf("%v: the outcome of a cancelled commit is known", err)
		}
		_, found := st.Asset(t.Context(), "w", sample(i).ID)
		if (err == nil) != (found == nil) {
			t.Fatalf("Update answered %v, reading %v", err, found)
		}
	}
}
