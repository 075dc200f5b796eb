package bulkdata_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets/internal/testing/bulkdata"
)

// TestFiltersMatchAsOftenAsTheySay counts the matches of each filter and pair.
func TestFiltersMatchAsOftenAsTheySay(t *testing.T) {
	t.Parallel()
	st := fill(t)
	for _, f := range slices.Concat(bulkdata.Filters(), bulkdata.Pairs()) {
		want := filled / f.Every
		if f.Name == "tag+type" { // no asset has both values
			want = 0
		}
		if got := count(t, st, f.Filter); got < want-1 || got > want+2 {
			t.Errorf("%s: %d matches, want about %d", f.Name, got, want)
		}
	}
	if got := count(t, st, bulkdata.Search().Filter); got != bulkdata.Named {
		t.Errorf("the search has %d matches, want %d", got, bulkdata.Named)
	}
}

func TestIndexed(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range bulkdata.Pairs() {
		if f.Indexed() {
			names = append(names, f.Name)
		}
	}
	if want := []string{"campaign+status", "campaign+type", "status+type"}; !slices.Equal(names, want) {
		t.Errorf("pairs with an index: %v, want %v", names, want)
	}
}
