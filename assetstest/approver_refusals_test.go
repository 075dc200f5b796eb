package assetstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeApproverRefusesLaxPolicies(t *testing.T) {
	refuses(
		t, approverSuite,
		lax("drafts are approved", "nothing is submitted APR02", func(a *assets.Asset, _ *assets.Actor, _ *assets.Review) {
			a.Status, a.Submitted.Version = assets.StatusPendingReview, a.CurrentVersion
		}),
		lax("a version that was not submitted is approved", "a newer version arrived since the submit APR02", func(a *assets.Asset, _ *assets.Actor, _ *assets.Review) {
			if a.Status == assets.StatusPendingReview {
				a.Submitted.Version = a.CurrentVersion
			}
		}),
		lax("the version that was named is ignored", "a version that is not current", func(a *assets.Asset, _ *assets.Actor, r *assets.Review) {
			r.Version, r.SHA256 = a.CurrentVersion, ""
		}),
		lax("the digest is ignored", "another digest", func(_ *assets.Asset, _ *assets.Actor, r *assets.Review) { r.SHA256 = "" }),
		lax("every scope may withdraw", "an actor who may not approve withdraws nothing APR16", func(_ *assets.Asset, by *assets.Actor, _ *assets.Review) {
			by.Scopes = []assets.Scope{assets.ScopeAll}
		}),
		lax("every kind may withdraw", "no scope lifts the rule about kinds AUTH05", func(_ *assets.Asset, by *assets.Actor, _ *assets.Review) {
			by.Kind = assets.KindUser
		}),
		fault[assets.Approver]{"every kind may approve", func(a assets.Approver) assets.Approver { return admitsAll{a} }, "no scope lifts the rule about kinds AUTH05"},
		fault[assets.Approver]{"a withdrawn approval is carried", func(a assets.Approver) assets.Approver { return carriesAll{a} }, "an approval that is not given is not carried APR04 APR05"},
	)
}

// lax returns a fault: the policy decides about another asset, actor or review
// than it was called with.
func lax(name, fails string, change func(*assets.Asset, *assets.Actor, *assets.Review)) fault[assets.Approver] {
	return fault[assets.Approver]{name, func(a assets.Approver) assets.Approver { return laxPolicy{a, change} }, fails}
}

type laxPolicy struct {
	assets.Approver
	change func(*assets.Asset, *assets.Actor, *assets.Review)
}

func (p laxPolicy) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	changed := *a
	p.change(&changed, &by, &proposed)
	return p.Approver.Decide(ctx, r, by, &changed, proposed)
}

type admitsAll struct{ assets.Approver }

func (admitsAll) Admit(assets.Actor, assets.Review) error { return nil }

type carriesAll struct{ assets.Approver }

func (p carriesAll) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if proposed.CarriedFrom != 0 && errors.Is(err, assets.ErrInvalidTransition) {
		proposed.FromStatus, proposed.ToStatus = a.Status, assets.StatusApproved
		return proposed, nil
	}
	return decided, err
}
