package review_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func TestPublishingPanel(t *testing.T) {
	t.Parallel()
	s := newSite(t, quorumOfTwo)
	a := s.create(assets.TypeCopy, "Tagline", assets.NewVersion{Text: "one", Provenance: assets.Provenance{SourceType: "compositeSynthetic"}})
	id := string(a.ID)
	s.shows(s.get(200, "ana", id), "edited with AI", "Publishers do not get this version.", "2 approvals by different people.")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	s.shows(s.get(200, "ana", id), "Approvals that count so far: ana.", "One approval.")
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	s.shows(s.get(200, "ana", id), "Publishers get this version.", "Approved by ana and ben.")
	s.add(a.ID, "two")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "no"})
	s.shows(s.get(200, "ana", id+"?version=1"), "Roll back to version 1.", "ana withdrew the approval")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionArchive})
	s.shows(s.get(200, "ana", id), "Reopen the asset.", "Submit it for review.")
}

// TestPublishingPanelAgrees: the panel is of the same moment as the rest of the page, also if
// somebody approves the version while the page is made.
func TestPublishingPanelAgrees(t *testing.T) {
	t.Parallel()
	var meanwhile func()
	s := newSite(t, func(c *assets.Config, _ *review.Options) {
		c.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
			return ctx, func(assets.Outcome) {
				if act := meanwhile; op.Name == "ReviewState" && act != nil {
					meanwhile = nil
					act()
				}
			}
		}
	})
	a := s.copyAsset("one")
	meanwhile = func() { s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove, Version: 1}) }
	p := s.get(200, "ana", string(a.ID))
	if s.current(a.ID).ApprovedVersion != 1 {
		t.Fatal("nobody has approved it meanwhile")
	}
	s.shows(p, "Approve version 1", "Publishers do not get this version.")
	s.lacks(p, "Publishers get this version.")
}
