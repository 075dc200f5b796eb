package approval

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/10ex/assets"
)

// quorum returns the number of subjects that must approve a version.
func (p Policy) quorum() int { return max(1, p.Quorum) }

// CountApprovals implements [assets.ApprovalCounter].
func (p Policy) CountApprovals(ctx context.Context, r assets.Reader, a *assets.Asset, n assets.Number) ([]assets.Review, int, error) {
	d := &decision{policy: p, rows: r, asset: a}
	c := d.newApprovalCounter(false)
	if err := c.add(ctx, n); err != nil {
		return nil, 0, err
	}
	return c.sorted(), p.quorum(), nil
}

// CountCarried implements [assets.ApprovalCounter].
func (p Policy) CountCarried(ctx context.Context, r assets.Reader, a *assets.Asset, v assets.Version) ([]assets.Review, int, error) {
	d := &decision{policy: p, rows: r, asset: a}
	c, err := d.countCarried(ctx, v)
	if err != nil {
		return nil, 0, err
	}
	return c.sorted(), p.quorum(), nil
}

// approvalCounter counts the subjects whose approvals of a version today's
// policy accepts.
type approvalCounter struct {
	*decision
	submitted bool   // count only approvals of versions that were submitted
	creator   string // of the version whose approval is carried over, if any

	approvals map[string]assets.Review // that count, by subject
	seen      map[assets.Number]bool
	creators  map[assets.Number]string // of versions that were read
	rejected  error                    // why the first approval that does not count was rejected
}

func (d *decision) newApprovalCounter(submitted bool) *approvalCounter {
	return &approvalCounter{
		decision: d, submitted: submitted,
		approvals: map[string]assets.Review{}, seen: map[assets.Number]bool{}, creators: map[assets.Number]string{},
	}
}

// sorted returns the approvals that count, oldest first.
func (c *approvalCounter) sorted() []assets.Review {
	return slices.SortedFunc(maps.Values(c.approvals), func(a, b assets.Review) int {
		return cmp.Or(cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.ID, b.ID))
	})
}

// add counts the approvals of version n. For an approval that was carried
// over it counts those of the version it came from.
func (c *approvalCounter) add(ctx context.Context, n assets.Number) error {
	if c.seen[n] {
		return nil
	}
	c.seen[n] = true
	reviews, err := c.decisionsSinceReset(ctx, n)
	if err != nil {
		return err
	}
	for _, r := range reviews {
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
		c.approvals[approver(r)] = r
	case c.rejected == nil:
		c.rejected = rejected
	}
	return nil
}

// checkApproval applies today's policy to a recorded approval, one of the reviews
// of its version since the last reset. rejected is why the approval does not
// count; err is a failure to read the rows.
func (c *approvalCounter) checkApproval(ctx context.Context, r assets.Review, reviews []assets.Review) (rejected, err error) {
	if !c.policy.accepts(r.ByKind) {
		return assets.ErrKindCannotApprove, nil
	}
	if r.InvitedBy != "" && !c.policy.GuestsMayDecide {
		return assets.Errorf(assets.ErrGuestsDecide, "the approval by a person without an account does not count: they may not decide here"), nil
	}
	if c.policy.ForbidSelfApproval {
		creator, err := c.creatorOf(ctx, r.Version)
		if err != nil {
			return nil, err
		}
		if by := approver(r); by == creator || by == c.creator {
			return assets.ErrSelfApproval, nil
		}
	}
	if c.submitted && !slices.ContainsFunc(reviews, isSubmit) {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d was approved without being submitted", r.Version), nil
	}
	return nil, nil
}

// creatorOf returns the creator of a version, which it reads once.
func (c *approvalCounter) creatorOf(ctx context.Context, n assets.Number) (string, error) {
	if creator, known := c.creators[n]; known {
		return creator, nil
	}
	v, err := c.rows.Version(ctx, c.asset.Workspace, c.asset.ID, n)
	if err != nil {
		return "", err
	}
	c.creators[n] = v.CreatedBy
	return v.CreatedBy, nil
}

// checkQuorum returns nil if the quorum is reached. Otherwise it returns why
// the first rejected approval does not count, or ErrInvalidTransition if none
// was rejected.
func (c *approvalCounter) checkQuorum() error {
	quorum := c.policy.quorum()
	switch {
	case len(c.approvals) >= quorum:
		return nil
	case c.rejected != nil:
		return c.rejected
	}
	return assets.Errorf(assets.ErrInvalidTransition, "only %d of %d required approvals count", len(c.approvals), quorum)
}
