package approval

import (
	"cmp"
	"context"

	"github.com/10ex/assets"
)

// approve resolves an approval of the current version: the named one or, if
// none is named, the submitted one.
func (d *decision) approve(ctx context.Context) error {
	if err := d.checkNotApproved(ctx); err != nil {
		return err
	}
	if d.review.Version == 0 {
		if err := d.useSubmittedVersion(); err != nil {
			return err
		}
	}
	if err := d.useCurrentVersion(); err != nil {
		return err
	}
	others, err := d.countOtherApprovers(ctx)
	if err != nil {
		return err
	}
	if err := d.checkApprovable(ctx); err != nil {
		return err
	}
	if err := d.checkApprover(); err != nil {
		return err
	}
	if err := d.checkSelfApproval(ctx); err != nil {
		return err
	}
	if err := d.checkDisclosure(d.asset.Provenance); err != nil {
		return err
	}
	d.review.ToStatus = assets.StatusPendingReview
	if others+1 >= d.policy.quorum() {
		d.review.ToStatus = assets.StatusApproved
	}
	return nil
}

// checkNotApproved returns ErrUnchanged if the decision is about the approved
// version, whether or not that is the current one.
func (d *decision) checkNotApproved(ctx context.Context) error {
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
	if err := d.useDigest(sha256); err != nil {
		return err
	}
	return d.unchanged(ctx, func(r assets.Review) bool { return r.Action == assets.ActionApprove })
}

// useSubmittedVersion makes the review one of the submitted version. It
// returns an error if none is submitted or a newer version was added.
func (d *decision) useSubmittedVersion() error {
	if err := d.checkSubmittedIsCurrent(); err != nil {
		return err
	}
	switch d.asset.Status {
	case assets.StatusPendingReview:
		d.review.Version = d.asset.Submitted.Version
		return nil
	case assets.StatusDraft:
		return assets.Errorf(assets.ErrInvalidTransition, "no version is submitted: submit one, or name the version that was reviewed")
	}
	return d.notAllowed()
}

// countOtherApprovers returns the number of other subjects whose approvals of
// the version count. It returns ErrUnchanged if the actor's own approval
// counts already and the quorum is not reached. If the quorum is reached,
// because it was lowered since, the actor's approval completes it.
func (d *decision) countOtherApprovers(ctx context.Context) (int, error) {
	quorum := d.policy.quorum()
	if quorum == 1 {
		return 0, nil
	}
	c := d.newApprovalCounter(false)
	if err := c.add(ctx, d.review.Version); err != nil {
		return 0, err
	}
	n := len(c.approvals)
	own, counts := c.approvals[d.subject()]
	switch {
	case !counts:
		return n, nil
	case n >= quorum:
		return n - 1, nil
	}
	return 0, d.inEffect(own)
}

// checkApprovable returns ErrInvalidTransition unless the asset is under
// review, or a draft of which no changes were requested last.
func (d *decision) checkApprovable(ctx context.Context) error {
	a := d.asset
	switch a.Status {
	case assets.StatusPendingReview, assets.StatusDraft:
	default:
		return d.notAllowed()
	}
	if d.policy.RequireSubmit && a.Submitted.Version != d.review.Version {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d is not submitted: submit it first", d.review.Version)
	}
	if a.Status == assets.StatusPendingReview {
		return nil
	}
	last, err := d.lastDecision(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if last.Action == assets.ActionRequestChanges {
		return assets.Errorf(assets.ErrInvalidTransition, "changes were requested of version %d: submit it again", d.review.Version)
	}
	return nil
}

// subject returns the subject that the decision counts for.
func (d *decision) subject() string { return cmp.Or(string(d.review.InvitedBy), d.by.Subject) }

// checkSelfApproval returns ErrSelfApproval if the policy forbids it and the
// subject created the version.
func (d *decision) checkSelfApproval(ctx context.Context) error {
	if !d.policy.ForbidSelfApproval {
		return nil
	}
	v, err := d.rows.Version(ctx, d.asset.Workspace, d.asset.ID, d.review.Version)
	if err != nil {
		return err
	}
	if v.CreatedBy == d.subject() {
		return assets.ErrSelfApproval
	}
	return nil
}

// checkDisclosure returns ErrUndisclosed if the policy requires a known source type and
// the provenance of the version has none.
func (d *decision) checkDisclosure(p assets.Provenance) error {
	if !d.policy.RequireDisclosure || p.Disclosure() != assets.DisclosureNone {
		return nil
	}
	return assets.ErrUndisclosed
}

// carryOver resolves whether the approval of version CarriedFrom also holds
// for a new version with the same content, which has no rows yet. The actor
// must be allowed to approve, and today's policy must accept the approvals of
// CarriedFrom.
func (d *decision) carryOver(ctx context.Context) error {
	a, from := d.asset, d.review.CarriedFrom
	v, err := d.version(ctx, from)
	if err != nil {
		return err
	}
	if v.Approval != assets.ApprovalGiven {
		return assets.Errorf(assets.ErrInvalidTransition, "version %d is not approved", from)
	}
	if d.review.Version <= a.CurrentVersion || d.review.SHA256 != v.Content.SHA256 {
		return assets.Errorf(assets.ErrVersionConflict, "the approval of version %d does not apply to version %d", from, d.review.Version)
	}
	if err := d.transition(assets.StatusApproved, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	if err := d.checkApprover(); err != nil {
		return err
	}
	if err := d.checkDisclosure(v.Provenance); err != nil {
		return err
	}
	c, err := d.countCarried(ctx, v)
	if err != nil {
		return err
	}
	return c.checkQuorum()
}

// countCarried counts the approvals of a version that count for a rollback to it.
func (d *decision) countCarried(ctx context.Context, v assets.Version) (*approvalCounter, error) {
	c := d.newApprovalCounter(d.policy.RequireSubmit)
	c.creator, c.creators[v.Number] = v.CreatedBy, v.CreatedBy
	err := c.add(ctx, v.Number)
	return c, err
}
