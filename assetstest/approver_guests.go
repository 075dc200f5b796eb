package assetstest

import (
	"errors"

	"github.com/10ex/assets"
)

// guestCases are decisions of people with a review link. They are for an Approver that is
// a [assets.GuestDecider] and lets guests decide.
var guestCases = []approverCase{
	{"a guest counts as who invited them AUTH04", func(t *approverT) {
		needed := t.quorum()
		if needed == 1 {
			t.submit()
			t.accepts(guest(), t.invited(0, assets.ActionApprove, 1), assets.StatusApproved)
			return
		}
		t.submit()
		t.approveAllButOne(needed) // person(0) among them
		if got, err := t.decide(guest(), t.invited(0, assets.ActionApprove, 1)); err == nil && got.ToStatus == assets.StatusApproved {
			t.Errorf("a guest of somebody who has approved completes the quorum: %+v", got)
		}
		t.accepts(guest(), t.invited(needed-1, assets.ActionApprove, 1), assets.StatusApproved)
	}},
	{"an approval of a guest is one of who invited them AUTH04", func(t *approverT) {
		if needed := t.quorum(); needed > 1 {
			t.submit()
			t.accepts(guest(), t.invited(0, assets.ActionApprove, 1), assets.StatusPendingReview)
			if got, err := t.decide(person(0), t.review(assets.ActionApprove, 1)); needed == 2 && err == nil && got.ToStatus == assets.StatusApproved {
				t.Errorf("who invited a guest who has approved completes the quorum: %+v", got)
			}
		}
	}},
	{"a guest of the creator may not do what the creator may not AUTH04", func(t *approverT) {
		t.submit()
		own := t.review(assets.ActionApprove, 1)
		if _, err := t.decide(maker(), own); !errors.Is(err, assets.ErrSelfApproval) {
			return
		}
		own.Via, own.InvitedBy = assets.ViaLink, "maker"
		t.refuses(guest(), own, assets.ErrSelfApproval)
	}},
	{"a guest requests changes", func(t *approverT) {
		t.submit()
		t.accepts(guest(), t.invited(0, assets.ActionRequestChanges, 1), assets.StatusDraft)
	}},
}

// guest returns who has a review link, as the Library makes them.
func guest() assets.Actor {
	return assets.Actor{
		Workspace: singleWorkspace, Subject: assets.GuestPrefix + "Eve", Kind: assets.KindUser,
		Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeApprove}, Via: assets.ViaLink,
	}
}

// invited returns a decision of a guest whom person(i) has invited.
func (t *approverT) invited(i int, action assets.Action, n assets.Number) assets.Review {
	r := t.review(action, n)
	r.Via, r.InvitedBy = assets.ViaLink, assets.Optional(person(i).Subject)
	return r
}
