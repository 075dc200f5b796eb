package review_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// TestApprovedAlready: an approval of what somebody else has approved is not said to be
// recorded.
func TestApprovedAlready(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
	p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a))
	receipt := s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./../"))
	s.shows(receipt, "Version 1 was approved already, by ben", "Nothing was recorded for you")
	s.lacks(receipt, "Version 1 is approved", "<title>Recorded")
	p = s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a, "triage", "1", "after", "", "of", "1"))
	end := s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./../"))
	s.shows(end, "Version 1 was decided about already, by somebody else")
	s.lacks(end, "Recorded: your approval")
	if n := len(s.current(a.ID).Reviews); n != 2 {
		t.Errorf("%d reviews", n)
	}
	s.get(404, "ana", string(a.ID)+"/decided?action=archive&version=1")
}

// TestReceiptShowsTheNextOne: with its picture or first words, since when it waits, and how
// many are left.
func TestReceiptShowsTheNextOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	picture := s.create(assets.TypeImage, "Hero", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 9, 9)), Filename: "p.png", Provenance: assets.Provenance{AgentSlug: "artist"}})
	b := s.copyAsset("Second text.")
	approve := func(a *assets.Asset) page {
		t.Helper()
		p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a))
		return s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./../"))
	}
	p := approve(a)
	s.shows(p, "Next in the queue", "Hero", "made by artist", "Waiting for", "2 left")
	if !strings.Contains(p.body, `<img src="./../`+string(picture.ID)+`/versions/1/preview?width=320"`) || !strings.Contains(p.body, `data-prefetch="./../`+string(picture.ID)+`/versions/1/content"`) {
		t.Errorf("the receipt has no picture: %s", p.body)
	}
	s.shows(approve(picture), "Second text.", "1 left")
	s.lacks(approve(b), "Next in the queue", " left", "data-prefetch")
}

// TestReceiptOfWhatIsInEffect: a decision that was ended since is not said to be recorded.
func TestReceiptOfWhatIsInEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	approve := assets.Decision{Action: assets.ActionApprove}
	s.decide("ana", a.ID, approve)
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
	s.decide("agent", a.ID, assets.Decision{Action: assets.ActionSubmit})
	if _, err := s.lib.Review(t.Context(), assetstest.User("acme", "cem"), a.ID, approve); err != nil {
		t.Fatal(err)
	}
	p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a))
	receipt := s.get(200, "ana", strings.TrimPrefix(p.Header().Get("Location"), "./../"))
	s.shows(receipt, "Version 1 was approved already, by cem", "Nothing was recorded for you")
	p = s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a, "triage", "1"))
	if to := p.Header().Get("Location"); !strings.Contains(to, "did=already") {
		t.Errorf("in triage to %s", to)
	}
	if n := len(s.current(a.ID).Reviews); n != 5 {
		t.Errorf("%d reviews", n)
	}
	a = s.copyAsset("taken back")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
	s.shows(s.get(200, "ana", string(a.ID)+"/decided?action=approve&version=1"), "Publishers get nothing")
}
