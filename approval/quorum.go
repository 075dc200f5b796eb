package approval

import (
	"context"
	"slices"

	"github.com/10ex/assets"
)

// quorum returns the number of subjects that must approve a version.
func (p Policy) quorum() int { return max(1, p.Quorum) }

// approvalCounter counts the subjects whose approvals of a version today's
// policy accepts.
type approvalCounter struct {
	*decision
	submitted bool   // count only approvals of versions that were submitted
	creator   string // of the version whose approval is carried over, if any

	subjects map[string]bool
	seen     map[assets.Number]bool
	rejected error // why the first approval that does not count was rejected
}

func (d *decision) newApprovalCounter(submitted bool) *approvalCounter {
	return &approvalCounter{decision: d, submitted: submitted, subjects: map[string]bool{}, seen: map[assets.Number]bool{}}
}

// add counts the approvals of version n. For an approval that was carried
// over it counts those of the version it came from.
func (c *approvalCounter) add(ctx context.Context, n assets.Number) error {
	if c.seen[n] {
		return nil
	}
	c.seen[n] = true
	reviews, err := c.rows.Reviews(ctx, c.asset.Workspace, c.asset.ID, n, 0)
	if err != nil {
		return err
	}
	for _, r := range sinceReset(reviews) {
		switch {
		case r.Action != assets.ActionApprove:
			continue
		case r.CarriedFrom != 0:
			err = c.add(ctx, r.CarriedFrom)
		default:
			err = c.addApproval(ctx, r, reviews)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *approvalCounter) addApproval(ctx context.Context, r assets.Review, reviews []assets.Review) error {
	rejected, err := c.checkApproval(ctx, r, reviews)
	switch {
	case err != nil:
		return err
	case rejected == nil:
		c.subjects[r.By] = true
	case c.rejected == nil:
		c.rejected = rejected
	}
	return nil
}

// checkApproval applies today's policy to a recorded approval. rejected is
// why the approval does not count; err is a failure to read the rows.
func (c *approvalCounter) checkApproval(ctx context.Context, r assets.Review, reviews []assets.Review) (rejected, err error) {
	if !c.policy.accepts(r.ByKind) {
		return assets.ErrKindCannotApprove, nil
	}
	if c.policy.ForbidSelfApproval {
		v, err := c.rows.Version(ctx, c.asset.Workspace, c.asset.ID, r.Version)
		if err != nil {
			return nil, err
		}
		if r.By == v.CreatedBy || r.By == c.creator {
			return assets.ErrSelfApproval, nil
		}
	}
	if c.submitted && !slices.ContainsFunc(sinceReset(reviews), isSubmit) {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d was approved without being submitted", r.Version), nil
	}
	return nil, nil
}

// checkQuorum returns nil if the quorum is reached. Otherwise it returns why
// the first rejected approval does not count, or ErrInvalidTransition if none
// was rejected.
func (c *approvalCounter) checkQuorum() error {
	quorum := c.policy.quorum()
	switch {
	case len(c.subjects) >= quorum:
		return nil
	case c.rejected != nil:
		return c.rejected
	}
	return assets.Errorf(assets.ErrInvalidTransition, "only %d of %d required approvals count", len(c.subjects), quorum)
}

// sinceReset returns the reviews of a version that follow its last
// request_changes, archive or reopen.
func sinceReset(reviews []assets.Review) []assets.Review {
	for i, r := range slices.Backward(reviews) {
		switch r.Action {
		case assets.ActionRequestChanges, assets.ActionArchive, assets.ActionReopen:
			return reviews[i+1:]
		}
	}
	return reviews
}

func isSubmit(r assets.Review) bool { return r.Action == assets.ActionSubmit }
