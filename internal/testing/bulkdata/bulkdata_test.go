package bulkdata_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/store/sqlite"
)

// filled is the number of assets in the tests: a multiple of the number of types times
// that of statuses.
const filled = 2400

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.InMemory, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// fill returns a store of searchable assets.
func fill(t *testing.T) *sqlite.Store {
	t.Helper()
	st := open(t)
	if err := bulkdata.Fill(t.Context(), st, st.DB(), filled); err != nil {
		t.Fatal(err)
	}
	if err := bulkdata.Index(t.Context(), st, st.DB()); err != nil {
		t.Fatal(err)
	}
	return st
}

func count(t *testing.T, st assets.Store, f assets.Filter) int {
	t.Helper()
	n, err := st.Count(t.Context(), bulkdata.Workspace, f)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestVolumeFill(t *testing.T) {
	t.Parallel()
	st := fill(t)
	if current, approved := count(t, st, assets.Filter{}), count(t, st, assets.Filter{Approved: true}); current != filled || approved != filled/2 {
		t.Errorf("%d assets, of which %d are approved; want %d and %d", current, approved, filled, filled/2)
	}
	for _, i := range []int{0, filled - 1} {
		if a, err := st.Asset(t.Context(), bulkdata.Workspace, bulkdata.ID(i)); err != nil || a.Type == "" || a.Status == "" {
			t.Errorf("asset %d: %+v, %v", i, a, err)
		}
	}
	if bulkdata.ID(9) >= bulkdata.ID(10) {
		t.Error("the ids do not ascend")
	}
}
