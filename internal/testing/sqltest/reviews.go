package sqltest

import (
	"testing"

	"github.com/10ex/assets"
)

// FillReviews adds n reviews of a version of the first asset, with the revisions
// after the given one.
func FillReviews(t testing.TB, st assets.Store, version assets.Number, after, n int) {
	t.Helper()
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := after + 1; i <= after+n; i++ {
			err := tx.AddReview(t.Context(), "w", assets.Review{
				ID: NewAsset(i).ID, AssetID: NewAsset(0).ID, Version: version, Revision: int64(i), By: "ann",
				Action: assets.ActionSubmit, FromStatus: assets.StatusDraft, ToStatus: assets.StatusPendingReview,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
