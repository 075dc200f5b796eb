package approval

import (
	"context"

	"github.com/10ex/assets"
)

// approve decides about the current version: the named one, or else exactly
// the one that was submitted.
func (d *decision) approve(ctx context.Context) error {
	if err := d.approvedAlready(ctx); err != nil {
		return err
	}
	if d.review.Version == 0 {
		if err := d.nameSubmitted(); err != nil {
			return err
		}
	}
	if err := d.nameCurrent(); err != nil {
		return err
	}
	others, err := d.countedOthers(ctx)
	if err != nil {
		return err
	}
	if err := d.approvable(ctx); err != nil {
		return err
	}
	if err := d.policy.mayApprove(d.by); err != nil {
		return err
	}
	if err := d.notOwn(ctx); err != nil {
		return err
	}
	d.review.ToStatus = assets.StatusPendingReview
	if others+1 >= d.policy.quorum() {
		d.review.ToStatus = assets.StatusApproved
	}
	return nil
}

// approvedAlready answers ErrUnchanged when the decision is about the version
// in force, current or not.
func (d *decision) approvedAlready(ctx context.Context) error {
	a, n := d.asset, d.review.Version
	if n == 0 && a.Status == assets.StatusApproved {
		n = a.ApprovedVersion
	}
	if n == 0 || n != a.ApprovedVersion {
		return nil
	}
	sha256 := a.Content.SHA256
	if n != a.CurrentVersion {
		v, err := d.version(ctx, n)
		if err != nil {
			return err
		}
		sha256 = v.Content.SHA256
	}
	d.review.Version = n
	if err := d.nameDigest(sha256); err != nil {
		return err
	}
	return d.inEffect(ctx, func(r assets.Review) bool { return r.Action == assets.ActionApprove })
}

// nameSubmitted makes the review one of the submitted version, when that is
// still the newest.
func (d *decision) nameSubmitted() error {
	if err := d.overtaken(); err != nil {
		return err
	}
	switch d.asset.Status {
	case assets.StatusPendingReview:
		d.review.Version = d.asset.Submitted
		return nil
	case assets.StatusDraft:
		return assets.Errorf(assets.ErrInvalidTransition, "nothing is submitted: submit it, or name the version you looked at")
	}
	return d.notAllowed()
}

// countedOthers answers how many other subjects' approvals of the version
// count. It answers ErrUnchanged when the actor's own does and the quorum is
// not reached; once it is, because it was lowered, approving approves.
func (d *decision) countedOthers(ctx context.Context) (int, error) {
	quorum := d.policy.quorum()
	if quorum == 1 {
		return 0, nil
	}
	t := d.newTally(false)
	if err := t.add(ctx, d.review.Version); err != nil {
		return 0, err
	}
	n := len(t.subjects)
	if !t.subjects[d.by.Subject] {
		return n, nil
	}
	if n >= quorum {
		return n - 1, nil
	}
	return 0, d.inEffect(ctx, func(r assets.Review) bool {
		return r.Action == assets.ActionApprove && r.By == d.by.Subject
	})
}

// approvable judges the transition: from pending_review, or from a draft that
// was not sent back.
func (d *decision) approvable(ctx context.Context) error {
	a := d.asset
	switch a.Status {
	case assets.StatusPendingReview, assets.StatusDraft:
	default:
		return d.notAllowed()
	}
	if d.policy.RequireSubmit && a.Submitted != d.review.Version {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d is not submitted: submit it", d.review.Version)
	}
	if a.Status == assets.StatusPendingReview {
		return nil
	}
	last, err := d.lastReview(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if last.Action == assets.ActionRequestChanges {
		return assets.Errorf(assets.ErrInvalidTransition, "changes were requested of version %d: submit it again", d.review.Version)
	}
	return nil
}

// notOwn refuses an approval by the version's creator, when the policy does.
func (d *decision) notOwn(ctx context.Context) error {
	if !d.policy.ForbidSelfApproval {
		return nil
	}
	v, err := d.rows.Version(ctx, d.asset.Workspace, d.asset.ID, d.review.Version)
	if err != nil {
		return err
	}
	if v.CreatedBy == d.by.Subject {
		return assets.ErrSelfApproval
	}
	return nil
}

func (p Policy) quorum() int { return max(1, p.Quorum) }
