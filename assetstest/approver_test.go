package assetstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
)

func approverSuite(t *testing.T, seed func(assets.Approver) assets.Approver) {
	assetstest.TestApprover(t, func(*testing.T) assets.Approver { return seed(approval.Policy{}) })
}

func TestVolumeApprover(t *testing.T) { accepts(t, approverSuite) }

func TestVolumeApproverRefuses(t *testing.T) {
	refuses(
		t, approverSuite,
		fault[assets.Approver]{"the review has no digest", func(a assets.Approver) assets.Approver { return withoutDigest{a} }, "enough users approve what was submitted"},
		fault[assets.Approver]{"the asset is changed", func(a assets.Approver) assets.Approver { return changingAsset{a} }, "enough users approve what was submitted"},
		fault[assets.Approver]{"no number of approvals suffices", func(a assets.Approver) assets.Approver { return neverApproves{a} }, "enough users approve what was submitted"},
		fault[assets.Approver]{"a decision in effect is recorded again", func(a assets.Approver) assets.Approver { return recordsAgain{a} }, "approving again is in effect APR14"},
		fault[assets.Approver]{"a reopened asset stays archived", func(a assets.Approver) assets.Approver { return staysArchived{a} }, "archive and reopen"},
		fault[assets.Approver]{"a failing back end means no earlier approval", func(a assets.Approver) assets.Approver { return ignoresFailures{a} }, "a failing back end is passed on, never decided"},
	)
}

type withoutDigest struct{ assets.Approver }

func (p withoutDigest) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	decided.SHA256 = ""
	return decided, err
}

type changingAsset struct{ assets.Approver }

func (p changingAsset) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if err == nil {
		a.Status = decided.ToStatus
	}
	return decided, err
}

type neverApproves struct{ assets.Approver }

func (p neverApproves) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if decided.ToStatus == assets.StatusApproved {
		decided.ToStatus = assets.StatusPendingReview
	}
	return decided, err
}

type recordsAgain struct{ assets.Approver }

func (p recordsAgain) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if errors.Is(err, assets.ErrUnchanged) {
		err = nil
	}
	return decided, err
}

type staysArchived struct{ assets.Approver }

func (p staysArchived) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if proposed.Action == assets.ActionReopen {
		decided.ToStatus = assets.StatusArchived
	}
	return decided, err
}

type ignoresFailures struct{ assets.Approver }

func (p ignoresFailures) Decide(ctx context.Context, r assets.Reader, by assets.Actor, a *assets.Asset, proposed assets.Review) (assets.Review, error) {
	decided, err := p.Approver.Decide(ctx, r, by, a, proposed)
	if errors.Is(err, assets.ErrUnavailable) {
		err = assets.ErrInvalidTransition
	}
	return decided, err
}
