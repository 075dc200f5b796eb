package review_test

import (
	"testing"

	"github.com/10ex/assets"
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
