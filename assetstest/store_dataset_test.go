package assetstest

import (
	"slices"
	"testing"

	"github.com/10ex/assets"
)

func TestDatasetIsReproducible(t *testing.T) {
	t.Parallel()
	first, second, other := newDataset(1, 40), newDataset(1, 40), newDataset(2, 40)
	if d := difference(first.records, second.records); d != "" {
		t.Errorf("two data sets of one seed differ:\n%s", d)
	}
	if first.filter().RunID != second.filter().RunID || first.window() != second.window() {
		t.Error("two data sets of one seed draw different filters or windows")
	}
	if difference(first.records, other.records) == "" {
		t.Error("two data sets of different seeds are equal")
	}
}

func TestDatasetHasValidAssets(t *testing.T) {
	t.Parallel()
	statuses, workspaces, approved := map[assets.Status]bool{}, map[string]int{}, 0
	for _, r := range newDataset(1, 200).records {
		a := r.current
		statuses[a.Status] = true
		workspaces[a.Workspace]++
		if r.approved != nil {
			approved++
		}
		switch inForce := a.ApprovedVersion; {
		case (r.approved != nil) != (inForce > 0):
			t.Errorf("%s: version %d is approved, and its perspective is %v", a.ID, inForce, r.approved)
		case inForce > 0 && (r.versions[inForce-1].Approval != assets.ApprovalGiven || r.approved.Version != inForce):
			t.Errorf("%s: version %d is approved, and not given", a.ID, inForce)
		case a.Status == assets.StatusApproved && inForce != a.CurrentVersion, a.Status == assets.StatusArchived && inForce > 0:
			t.Errorf("%s is %s with version %d approved", a.ID, a.Status, inForce)
		case (a.Status == assets.StatusPendingReview) != (a.Submitted.Version > 0):
			t.Errorf("%s is %s with version %d submitted", a.ID, a.Status, a.Submitted.Version)
		}
	}
	if len(statuses) != len(allStatuses) || workspaces["w"] != 200 || workspaces["W"] != 50 || approved < 50 {
		t.Errorf("statuses %v, workspaces %v, %d approved", statuses, workspaces, approved)
	}
}

// TestFiltersSelectSome: a filter that selects all or nothing tests little.
func TestVolumeFiltersSelectSome(t *testing.T) {
	t.Parallel()
	d := newDataset(1, 240)
	for name, draw := range filterFields {
		if name == "none" {
			continue
		}
		some := false
		for range 40 {
			f := assets.Filter{Approved: d.IntN(2) == 0}
			all := len(d.expect("w", f, assets.Window{Limit: 1000}))
			draw(d, &f)
			n := len(d.expect("w", f, assets.Window{Limit: 1000}))
			some = some || 0 < n && n < all
		}
		if !some {
			t.Errorf("the filter %q never selects a part of the rows", name)
		}
	}
}

func TestExpectedPage(t *testing.T) {
	t.Parallel()
	d := newDataset(1, 30)
	all := idsOf(d.expect("w", assets.Filter{}, assets.Window{Ascending: true, Limit: 1000}))
	if len(all) != 30 || !slices.IsSorted(all) {
		t.Fatalf("%d ids, sorted: %t", len(all), slices.IsSorted(all))
	}
	descending := idsOf(d.expect("w", assets.Filter{}, assets.Window{Limit: 1000}))
	slices.Reverse(descending)
	if !slices.Equal(descending, all) {
		t.Error("the descending page is not the reverse")
	}
	page := idsOf(d.expect("w", assets.Filter{}, assets.Window{Ascending: true, After: all[4], Limit: 3}))
	if !slices.Equal(page, all[5:8]) {
		t.Errorf("the page after %s is %v, want %v", all[4], page, all[5:8])
	}
	bounded := idsOf(d.expect("w", assets.Filter{Since: all[2], Until: all[6]}, assets.Window{Ascending: true, Limit: 100}))
	if !slices.Equal(bounded, all[2:6]) {
		t.Errorf("between two ids are %v, want %v", bounded, all[2:6])
	}
}
