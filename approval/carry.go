package approval

import (
	"context"

	"github.com/10ex/assets"
)

// carry decides whether the approval of version CarriedFrom holds for a new
// version with its content, which has no rows yet: the actor must be allowed
// to approve, and today's policy must accept the approvals once more.
func (d *decision) carry(ctx context.Context) error {
	a, from := d.asset, d.review.CarriedFrom
	v, err := d.version(ctx, from)
	if err != nil {
		return err
	}
	if v.Approval != assets.ApprovalGiven {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d is not approved", from)
	}
	if d.review.Version <= a.CurrentVersion || d.review.SHA256 != v.Content.SHA256 {
		return assets.Errorf(assets.ErrVersionConflict, "the approval of version %d is not one of version %d", from, d.review.Version)
	}
	if err := d.transition(assets.StatusApproved, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	if err := d.policy.mayApprove(d.by); err != nil {
		return err
	}
	t := d.newTally(d.policy.RequireSubmit)
	t.creator = v.CreatedBy
	if err := t.add(ctx, from); err != nil {
		return err
	}
	return t.suffices()
}
