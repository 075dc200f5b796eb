package sqlite_test

import (
	"testing"

	"github.com/10ex/assets"
)

// TestPruneInBatches removes more rows than one transaction does.
func TestPruneInBatches(t *testing.T) {
	t.Parallel()
	st := openQuick(t)
	const n = 1100
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			if err := tx.AddEvent(t.Context(), assets.Event{At: assets.Time(i), Workspace: "w"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pruned, err := st.PruneEvents(t.Context(), n); err != nil || pruned != n-1 {
		t.Errorf("pruned %d, %v; want all but the newest", pruned, err)
	}
	if _, last, err := st.State(t.Context()); err != nil || last != n {
		t.Errorf("the highest number is %d, %v; want %d", last, err, n)
	}
}
