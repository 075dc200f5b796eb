package store_test

import (
	"testing"

	"github.com/10ex/assets/store"
)

// TestPruningOfOrphans: deliveries that an interrupted deletion of a webhook has left are
// removed when they are old.
func TestPruningOfOrphans(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		waiting(t, st, 5, 2)
		if _, err := st.DB().ExecContext(t.Context(), "DELETE FROM asset_webhooks"); err != nil {
			t.Fatal(err)
		}
		if _, err := st.PruneDeliveries(t.Context(), 1000, 2000); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := st.DB().NewRaw("SELECT count(*) FROM asset_deliveries").Scan(t.Context(), &left); err != nil || left != 0 {
			t.Errorf("%d are left, %v", left, err)
		}
	})
}
