package bulkdata_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/bulkdata"
)

// TestVolumeFiltersMatchAsOftenAsTheySay counts the matches of each filter and pair.
func TestVolumeFiltersMatchAsOftenAsTheySay(t *testing.T) {
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
	if got, want := count(t, st, bulkdata.Submissions().Filter), filled/bulkdata.Submissions().Every; got != want {
		t.Errorf("%d assets are under review, want %d", got, want)
	}
	if got := count(t, st, bulkdata.Search().Filter); got != bulkdata.Named {
		t.Errorf("the search has %d matches, want %d", got, bulkdata.Named)
	}
}

// TestVolumeWindow reads what is under review in the order of submissions, in two halves.
func TestVolumeWindow(t *testing.T) {
	t.Parallel()
	st, f := fill(t), bulkdata.Submissions()
	var pages [3][]*assets.Asset
	for i, w := range []assets.Window{f.Window(0, filled, true), f.Window(filled/2, filled, false), f.Window(filled/2, filled, true)} {
		var err error
		if pages[i], err = st.Assets(t.Context(), bulkdata.Workspace, f.Filter, w); err != nil {
			t.Fatal(err)
		}
	}
	all := append(slices.Clone(pages[1]), pages[2]...)
	slices.SortFunc(all, func(a, b *assets.Asset) int { return cmp.Compare(a.Submitted.At, b.Submitted.At) })
	if len(all) != filled/f.Every || len(pages[1]) < len(all)/3 || len(pages[2]) < len(all)/3 || len(pages[0]) != len(all) {
		t.Fatalf("%d assets, of which %d are before and %d behind the middle", len(pages[0]), len(pages[1]), len(pages[2]))
	}
	for i, a := range pages[0] {
		if a.ID != all[i].ID || i > 0 && a.Submitted.At == all[i-1].Submitted.At {
			t.Fatalf("asset %d is %s, submitted at %d", i, a.ID, a.Submitted.At)
		}
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
