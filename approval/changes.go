package approval

import (
	"context"

	"github.com/10ex/assets"
)

// requestChanges sends the current version back or, of another version,
// withdraws the approval and leaves the status alone.
func (d *decision) requestChanges(ctx context.Context) error {
	a := d.asset
	if d.review.Version != 0 && d.review.Version != a.CurrentVersion {
		return d.withdraw(ctx)
	}
	unnamed := d.review.Version == 0
	if err := d.nameCurrent(); err != nil {
		return err
	}
	if err := d.requestedAlready(ctx); err != nil {
		return err
	}
	if unnamed {
		if err := d.overtaken(); err != nil {
			return err
		}
	}
	if err := d.transition(assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	if a.Status != assets.StatusApproved {
		return nil
	}
	return d.policy.mayApprove(d.by)
}

func (d *decision) withdraw(ctx context.Context) error {
	v, err := d.version(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if err := d.nameDigest(v.Content.SHA256); err != nil {
		return err
	}
	if err := d.requestedAlready(ctx); err != nil {
		return err
	}
	if v.Approval != assets.ApprovalGiven {
		return assets.Errorf(assets.ErrVersionConflict, "version %d is not approved, and the current version is %d", d.review.Version, d.asset.CurrentVersion)
	}
	status := d.asset.Status
	if err := d.transition(status, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	return d.policy.mayApprove(d.by)
}

// requestedAlready answers ErrUnchanged when this subject's request for
// changes is the last that was said about the version.
func (d *decision) requestedAlready(ctx context.Context) error {
	last, err := d.lastReview(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if last.Action != assets.ActionRequestChanges || last.By != d.by.Subject {
		return nil
	}
	d.review = last
	return assets.ErrUnchanged
}
