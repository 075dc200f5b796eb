package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongLists(t *testing.T) {
	refuses(
		t, storeSuite,
		changedList("every order is descending", "random filters and windows", func(_ *assets.Filter, w *assets.Window) { w.Ascending = false }),
		changedList("the upper bound is ignored", "time bounds are inclusive and exclusive", func(f *assets.Filter, _ *assets.Window) { f.Until = "" }),
		changedList("only the first of several types counts", "several values mean any of them, each row once", func(f *assets.Filter, _ *assets.Window) { f.Types = f.Types[:min(1, len(f.Types))] }),
		changedList("filters apply to the current version", "filters apply to the version of the perspective APR10", func(f *assets.Filter, _ *assets.Window) { f.Approved = false }),
		changedList("there is no limit", "no rows for limit 0", func(_ *assets.Filter, w *assets.Window) { w.Limit = 1000 }),
		changedList("every page is the first", "every filter in both perspectives and orders", func(_ *assets.Filter, w *assets.Window) { w.After = "" }),
	)
}

func TestVolumeStoreRefusesWrongSearches(t *testing.T) {
	refuses(
		t, storeSuite,
		changedList("a search without words finds everything", "a search without words finds nothing LST06", func(f *assets.Filter, _ *assets.Window) {
			if len(f.Words) == 0 {
				f.Words = nil
			}
		}),
		changedList("a search uses its last word only", "as many words as a search may have LST06", func(f *assets.Filter, _ *assets.Window) { f.Words = f.Words[max(0, len(f.Words)-1):] }),
		changedList("a search finds the words of the current version", "a search applies to the version of the perspective APR10", func(f *assets.Filter, _ *assets.Window) {
			if f.Words != nil {
				f.Approved = false
			}
		}),
	)
}

// changedList returns a fault: Assets uses another filter or window.
func changedList(name, fails string, change func(*assets.Filter, *assets.Window)) fault[wholeStore] {
	return fault[wholeStore]{name, func(s wholeStore) wholeStore { return wrongList{s, change} }, fails}
}

type wrongList struct {
	wholeStore
	change func(*assets.Filter, *assets.Window)
}

func (s wrongList) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	s.change(&f, &w)
	return s.wholeStore.Assets(ctx, workspace, f, w)
}
