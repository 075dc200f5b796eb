package postgres_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

// TestCountOfLinksPlan: of many links, those of a workspace that have not ended themselves
// are read by an index.
func TestCountOfLinksPlan(t *testing.T) {
	t.Parallel()
	st := openFresh(t)
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range 800 {
			link := assets.ReviewLink{Workspace: fmt.Sprintf("w%d", i%4), ID: bulkdata.ID(i), AssetID: bulkdata.ID(1), ExpiresAt: 1, KeyPrefix: "prefix00"}
			if i < 40 {
				link.ExpiresAt = 2
			}
			if err := tx.PutLink(t.Context(), link); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	plan := explain(t, st.DB(), func(st assets.Store) error {
		_, err := st.CountLinks(t.Context(), "w2", 1)
		return err
	})
	if !plan.scans("asset_links_active") {
		t.Errorf("the plan is %s", plan)
	}
}
