package reviewpage_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeEachSeesWhyNot: who may not decide sees why, beside the buttons that cannot be
// used. Pressing them announces the reason and sends nothing.
func TestVolumeEachSeesWhyNot(t *testing.T) {
	t.Parallel()
	const request, approveIt, withdraw, reopen = "Request changes", "Approve version 1", "Withdraw approval of version 1", "Reopen as a draft"
	approved := func(s *site, a *assets.Asset) { s.decide("Ana", a, assets.ActionApprove, "") }
	for name, tt := range map[string]struct {
		who      string
		own      *plan
		prepare  func(*site, *assets.Asset)
		disabled []string
		why      string
	}{
		"the maker":          {"maker", ofTwo, nil, []string{approveIt}, "You made this version. Somebody else has to approve it."},
		"an agent":           {"agent", ofTwo, nil, []string{approveIt}, "Agents cannot approve. Ask a person to open this page."},
		"a reader":           {"reader", ofTwo, nil, []string{request, approveIt}, "Your access does not include this decision. Ask whoever gave it to you."},
		"one of two":         {"Ana", ofTwo, approved, []string{approveIt}, "You approved it"},
		"a host's rule":      {"Ana", ruled, nil, []string{approveIt}, "Legal has to tag it “legal: cleared” first."},
		"a draft":            {"Ana", strict, func(s *site, a *assets.Asset) { s.decide("Ben", a, assets.ActionRequestChanges, "Shorter.") }, []string{approveIt}, "Ben requested changes to version 1. It has to be submitted again."},
		"an agent, in force": {"agent", empty, approved, []string{withdraw}, "Agents cannot approve."},
		"a reader, in force": {"reader", empty, approved, []string{withdraw}, "Your access does not include this decision."},
		"a reader, archived": {"reader", empty, func(s *site, a *assets.Asset) { s.decide("Ana", a, assets.ActionArchive, "") }, []string{reopen}, "Your access does not include this decision."},
		"a reader, an older version": {"reader", empty, func(s *site, a *assets.Asset) {
			approved(s, a)
			s.regenerate(a.ID)
		}, []string{withdraw}, "Your access does not include this decision."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getBrowser(t)
			s := newSite(t, *tt.own)
			a := s.createAs("maker", assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
			if tt.prepare != nil {
				tt.prepare(s, a)
			}
			p, before := s.open(t, setting{who: tt.who}), s.get(a.ID)
			p.visit(string(a.ID) + "?version=1")
			p.checkDisabled(tt.disabled, tt.why)
			if got := p.close(); len(got.Posts) > 0 || before.Revision != s.get(a.ID).Revision {
				t.Errorf("forms were sent: %v", got.Posts)
			}
		})
	}
}

// checkDisabled checks which buttons cannot be used, and that each says why: beside it,
// and aloud when it is clicked or pressed.
func (p *tab) checkDisabled(buttons []string, why string) {
	p.Helper()
	got := p.look()
	var names []string
	for _, b := range got.Disabled {
		names = append(names, b.Button)
		if !strings.HasPrefix(b.Why, why) || !strings.Contains(got.Text, b.Why) {
			p.Errorf("%q cannot be used, because %q; want %q", b.Button, b.Why, why)
		}
	}
	if !slices.Equal(names, buttons) {
		p.Errorf("%q cannot be used, want %q", names, buttons)
	}
	for i := range names { // a click announces the reason
		p.click("[aria-disabled=true] >> nth=" + itoa(i))
		p.hearsAloud(why)
		p.press("Enter", "Space")
	}
	p.press("a", "Enter")
	if now := p.look(); now.URL != got.URL {
		p.Errorf("a button that cannot be used led to %s", now.URL)
	}
}

// TestVolumeRefusedInWords: a form of somebody else's page, sent by who may not decide, is
// refused with status 403 and the reason.
func TestVolumeRefusedInWords(t *testing.T) {
	t.Parallel()
	for who, heading := range map[string]string{
		"maker": "You may not approve your own version", "agent": "You may not decide here", "reader": "You may not do this here",
	} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			getBrowser(t)
			s := newSite(t, *ofTwo)
			a := s.createAs("maker", assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
			p := s.open(t, setting{who: "Ben"})
			p.visit(string(a.ID))
			p.become(who)
			p.approve("keys", false)
			p.shows(heading, "Nothing was decided.")
			if got := p.close(); !slices.Equal(got.Posts, []int{http.StatusForbidden}) || s.get(a.ID).LastReview.Action != assets.ActionSubmit {
				t.Errorf("%v, %+v", got.Posts, s.get(a.ID).LastReview)
			}
		})
	}
}

// shows checks that texts are on the screen.
func (p *tab) shows(texts ...string) {
	p.Helper()
	got := p.look()
	for _, text := range texts {
		if !strings.Contains(got.Text, text) {
			p.Errorf("the page lacks %q: %s", text, got.Text)
		}
	}
}

// TestVolumeTwoReviewers: of an asset that needs two approvals, each reviewer sees what
// their approval does, and publishers get it after the second one.
func TestVolumeTwoReviewers(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, *ofTwo)
	a := s.create(assets.TypeCopy, "Launch e-mail", s.content(assets.TypeCopy, 1))
	ana, ben := s.open(t, setting{who: "Ana"}), s.open(t, setting{who: "Ben", news: true})
	ana.visit(string(a.ID))
	ben.visit(string(a.ID))
	ana.shows("it has 1 of 2 approvals: publishers still get nothing until somebody else approves version 1")
	ana.approve("keys", false)
	ana.shows("Your approval of version 1 counts: 1 of 2", "Publishers get nothing of this asset.")
	ana.visit(string(a.ID))
	ana.checkDisabled([]string{"Approve version 1"}, "You approved it")
	if now := s.get(a.ID); now.ApprovedVersion != 0 {
		t.Errorf("version %d is in force after one approval", now.ApprovedVersion)
	}
	ben.wait("#news:not([hidden])") // Ben's page is from before Ana's approval
	ben.visit(string(a.ID))
	ben.shows("1 of 2 approvals.", "it has 2 of 2 approvals: publishers get version 1 at once", "Ana approved version 1")
	ben.approve("keys", false)
	ben.shows("Version 1 is approved", "Publishers get version 1 from now on.")
	ana.visit(string(a.ID))
	ana.shows("Approved by Ana and Ben", "Withdraw approval of version 1")
	if now := s.get(a.ID); now.ApprovedVersion != 1 {
		t.Error("it is not in force after two approvals")
	}
}
