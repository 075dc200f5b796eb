package approval

import (
	"context"
	"slices"

	"github.com/10ex/assets"
)

// maxQuorumRead bounds the rows that the first read of decisions asks for.
const maxQuorumRead = 100

// newestDecisions returns the newest limit decisions on a version, oldest first.
func (d *decision) newestDecisions(ctx context.Context, n assets.Number, limit int) ([]assets.Review, error) {
	return d.rows.Reviews(ctx, d.asset.Workspace, d.asset.ID, n, limit)
}

// lastDecision returns the newest decision on a version, or the zero Review if
// there is none.
func (d *decision) lastDecision(ctx context.Context, n assets.Number) (assets.Review, error) {
	reviews, err := d.newestDecisions(ctx, n, 1)
	if err != nil || len(reviews) == 0 {
		return assets.Review{}, err
	}
	return reviews[len(reviews)-1], nil
}

// decisionsSinceReset returns the decisions on a version that follow its last
// reset, oldest first.
//
// Under one policy there are at most quorum+1: one submit, because a second one
// would be in effect already, and the quorum's approvals, because an approval is
// recorded once for each subject and the last one ends the review. With the reset
// one read suffices, however many decisions there were before. Approvals that were
// recorded under another policy can make more reads necessary; each asks for twice
// as many rows.
func (d *decision) decisionsSinceReset(ctx context.Context, n assets.Number) ([]assets.Review, error) {
	for limit := min(d.policy.quorum(), maxQuorumRead) + 2; ; limit *= 2 {
		reviews, err := d.newestDecisions(ctx, n, limit)
		if err != nil {
			return nil, err
		}
		reset := lastReset(reviews)
		if reset >= 0 || len(reviews) < limit {
			return reviews[reset+1:], nil
		}
	}
}

// recorded returns the newest decision in effect on a version for which match
// holds: the last one or one since the last reset. If there is none, it returns the
// zero Review.
func (d *decision) recorded(ctx context.Context, n assets.Number, match func(assets.Review) bool) (assets.Review, error) {
	last, err := d.lastDecision(ctx, n)
	switch {
	case err != nil:
		return assets.Review{}, err
	case match(last):
		return last, nil
	case last.Action == "" || isReset(last):
		return assets.Review{}, nil
	}
	reviews, err := d.decisionsSinceReset(ctx, n)
	if err != nil {
		return assets.Review{}, err
	}
	for _, r := range slices.Backward(reviews) {
		if match(r) {
			return r, nil
		}
	}
	return assets.Review{}, nil
}

// lastReset returns the index of the last reset, or -1 if there is none.
func lastReset(reviews []assets.Review) int {
	for i, r := range slices.Backward(reviews) {
		if isReset(r) {
			return i
		}
	}
	return -1
}

// isReset reports whether approvals of the version before the review no longer
// count.
func isReset(r assets.Review) bool {
	switch r.Action {
	case assets.ActionRequestChanges, assets.ActionArchive, assets.ActionReopen:
		return true
	}
	return false
}

func isSubmit(r assets.Review) bool { return r.Action == assets.ActionSubmit }
