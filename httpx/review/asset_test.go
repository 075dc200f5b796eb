package review_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
)

// TestAsset: what is on the screen stands beside what publishers get, with who approved
// it, also when an approval was carried over.
func TestAsset(t *testing.T) {
	t.Parallel()
	s := newSite(t, quorumOfTwo)
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.add(a.ID, "two")
	if _, err := s.lib.Rollback(t.Context(), actors["ana"], a.ID, assets.Rollback{Version: 1}); err != nil {
		t.Fatal(err)
	}
	s.add(a.ID, "four")
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "On this screen Version 4 Waiting for review", "0 of 2 approvals.", "Publishers get now Version 3 Approved Approved by ana and ben",
		"publishers keep version 3 until somebody else approves version 4")
	if !strings.Contains(p.body, "<title>Tagline: version 4 · Assets</title>") {
		t.Error("the title lacks the version")
	}
	p = s.get(200, "ana", string(a.ID)+"?version=3")
	s.shows(p, "On this screen Version 3 An older version", "The same, version 3", "Version 4 is newer. You cannot approve this one.")
}

// TestEditingOfWhatIsInForce: who may not edit while a version is in force sees why, and no
// buttons for it.
func TestEditingOfWhatIsInForce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	if p := s.send("ana", string(a.ID)+"/tags", url.Values{"do": {"add"}, "key": {"k"}, "value": {"v"}}); p.Code != 303 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	s.shows(s.get(200, "agent", string(a.ID)), "Add a tag")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.shows(s.get(200, "ana", string(a.ID)), "Add a tag")
	p := s.get(200, "agent", string(a.ID))
	s.shows(p, "k: v", "Ask")
	s.lacks(p, "Add a tag", `value="remove"`)
}

// TestGuestsAreNamed: wherever a page names who decided, a guest is said to be one.
func TestGuestsAreNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks, func(c *assets.Config, _ *review.Options) {
		c.Approver = approval.Policy{GuestsMayDecide: true, Quorum: 2}
	})
	answer := func(a *assets.Asset, action assets.Action) {
		t.Helper()
		_, token := s.invite(a, assets.LinkDecide)
		if _, err := s.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: action, Comment: "Shorter."}); err != nil {
			t.Fatal(err)
		}
	}
	a, b := s.copyAsset("one"), s.copyAsset("other")
	answer(a, assets.ActionRequestChanges)
	answer(b, assets.ActionApprove)
	requested := s.get(200, "ana", string(a.ID))
	s.shows(requested, "Eve (by link from ana) requested changes to version 1")
	queue := s.get(200, "ana", "")
	s.shows(queue, "approved by Eve (by a link), needs more")
	s.decide("ben", b.ID, assets.Decision{Action: assets.ActionApprove})
	receipt := s.get(200, "ana", string(b.ID)+"/decided?action=approve&version=1")
	s.add(a.ID, "two")
	asset, triage := s.get(200, "ana", string(a.ID)), s.get(200, "ana", "triage?at="+string(a.ID))
	for _, p := range []page{asset, triage} {
		s.shows(p, "Eve (by link from ana) asked for this on version 1")
	}
	for _, p := range []page{requested, queue, receipt, asset, triage} {
		s.lacks(p, "guest:Eve")
	}
}
