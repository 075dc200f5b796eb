package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

func TestVolumeApproverRefusesGuestsAsPeople(t *testing.T) {
	refuses(
		t, approverSuite,
		fault[assets.Approver]{"a guest counts as a person", func(assets.Approver) assets.Approver {
			return guestsArePeople{approval.Policy{GuestsMayDecide: true, Quorum: 2}}
		}, "a guest counts as who invited them AUTH04"},
		fault[assets.Approver]{"a guest may approve what the inviter made", func(assets.Approver) assets.Approver {
			return guestsArePeople{approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true}}
		}, "a guest of the creator may not do what the creator may not AUTH04"},
	)
}

// guestsArePeople counts a guest's decision as the guest's.
type guestsArePeople struct{ approval.Policy }

func (p guestsArePeople) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	inviter := proposed.InvitedBy
	proposed.InvitedBy = ""
	decided, err := p.Policy.Decide(ctx, r, by, a, proposed)
	if err == nil {
		decided.InvitedBy = inviter
	}
	return decided, err
}
