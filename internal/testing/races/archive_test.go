package races_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestArchiveReadsVersionsOnceHOS09: archiving an asset with many versions, of which
// nothing is in force but some have their approval, reads each once.
func TestArchiveReadsVersionsOnceHOS09(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		counts := &countingStore{Store: cfg.Store}
		cfg.Store = counts
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Ann, fixture.Copy("text 1"))
		if err != nil {
			t.Fatal(err)
		}
		review := func(d assets.Decision) {
			t.Helper()
			if _, err := lib.Review(t.Context(), fixture.Ann, made.ID, d); err != nil {
				t.Fatal(err)
			}
		}
		const versions = 20
		for n := range assets.Number(versions) {
			if n > 0 {
				if _, err := lib.AddVersion(t.Context(), fixture.Ann, made.ID, assets.NewVersion{Text: fmt.Sprint("text ", n+1)}); err != nil {
					t.Fatal(err)
				}
			}
			review(assets.Decision{Action: assets.ActionApprove, Version: n + 1})
		}
		review(assets.Decision{Action: assets.ActionRequestChanges, Version: versions, Comment: "no"})
		counts.take()
		review(assets.Decision{Action: assets.ActionArchive})
		if rows, _ := counts.take(); rows > versions+5 {
			t.Errorf("archiving read %d rows of %d versions", rows, versions)
		}
		a, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range a.Versions {
			if v.Approval != assets.ApprovalWithdrawn {
				t.Errorf("the approval of version %d is %q", v.Number, v.Approval)
			}
		}
	})
}
