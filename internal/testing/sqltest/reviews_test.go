package sqltest_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/memory"
)

func TestFillReviews(t *testing.T) {
	t.Parallel()
	st := memory.New()
	sqltest.FillReviews(t, st, 1, 0, 3)
	sqltest.FillReviews(t, st, 2, 3, 20)
	for n, want := range []int{23, 3, 20} {
		reviews, err := st.Reviews(t.Context(), "w", sqltest.NewAsset(0).ID, assets.Number(n), 0)
		if err != nil || len(reviews) != want {
			t.Errorf("%d reviews of version %d, %v; want %d", len(reviews), n, err, want)
		}
	}
}
