package approval

import (
	"context"
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// decision is one proposed review while it is checked. The checks complete
// the review.
type decision struct {
	policy Policy
	rows   assets.Reader
	by     assets.Actor
	asset  *assets.Asset // before the decision; never changed
	review assets.Review
}

// resolve checks the decision and completes its review: Version, SHA256 and
// ToStatus.
func (d *decision) resolve(ctx context.Context) error {
	switch d.review.Action {
	case assets.ActionApprove:
		if d.review.CarriedFrom != 0 {
			return d.carryOver(ctx)
		}
		return d.approve(ctx)
	case assets.ActionRequestChanges:
		return d.requestChanges(ctx)
	case assets.ActionSubmit:
		return d.submit(ctx)
	case assets.ActionArchive:
		return d.archive(ctx)
	case assets.ActionReopen:
		return d.reopen(ctx)
	}
	return d.notAllowed()
}

func (d *decision) submit(ctx context.Context) error {
	a := d.asset
	inEffect := a.Status == assets.StatusPendingReview && a.Submitted.Version == a.CurrentVersion
	return d.move(ctx, inEffect, assets.StatusPendingReview, assets.StatusDraft, assets.StatusPendingReview)
}

func (d *decision) reopen(ctx context.Context) error {
	inEffect := d.asset.Status == assets.StatusDraft
	return d.move(ctx, inEffect, assets.StatusDraft, assets.StatusArchived)
}

// archive withdraws every approval. If there is one, the actor must be
// allowed to approve.
func (d *decision) archive(ctx context.Context) error {
	inEffect := d.asset.Status == assets.StatusArchived
	err := d.move(ctx, inEffect, assets.StatusArchived, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved)
	if err != nil {
		return err
	}
	approved, err := d.anyVersionApproved(ctx)
	if err != nil || !approved {
		return err
	}
	return d.checkApprover()
}

func (d *decision) anyVersionApproved(ctx context.Context) (bool, error) {
	a := d.asset
	if a.ApprovedVersion != 0 || !a.EverApproved {
		return a.ApprovedVersion != 0, nil
	}
	versions, err := d.rows.Versions(ctx, a.Workspace, a.ID)
	return slices.ContainsFunc(versions, func(v assets.Version) bool { return v.Approval == assets.ApprovalGiven }), err
}

// move resolves the actions that depend on nothing but the status. They are
// always about the current version.
func (d *decision) move(ctx context.Context, inEffect bool, to assets.Status, from ...assets.Status) error {
	conflict := d.useCurrentVersion()
	if inEffect && conflict == nil {
		return d.unchanged(ctx, func(r assets.Review) bool { return r.Action == d.review.Action })
	}
	if conflict != nil {
		return conflict
	}
	return d.transition(to, from...)
}

// requestChanges sends the current version back. If the decision names
// another version, it withdraws that version's approval and keeps the status.
func (d *decision) requestChanges(ctx context.Context) error {
	a := d.asset
	if d.review.Version != 0 && d.review.Version != a.CurrentVersion {
		return d.withdraw(ctx)
	}
	unnamed := d.review.Version == 0
	if err := d.useCurrentVersion(); err != nil {
		return err
	}
	if err := d.checkNotRequested(ctx); err != nil {
		return err
	}
	if unnamed {
		if err := d.checkSubmittedIsCurrent(); err != nil {
			return err
		}
	}
	if err := d.transition(assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	if a.Status != assets.StatusApproved {
		return nil
	}
	return d.checkApprover()
}

func (d *decision) withdraw(ctx context.Context) error {
	v, err := d.version(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if err := d.useDigest(v.Content.SHA256); err != nil {
		return err
	}
	if err := d.checkNotRequested(ctx); err != nil {
		return err
	}
	if v.Approval != assets.ApprovalGiven {
		return assets.Errorf(assets.ErrVersionConflict, "version %d is not approved, and the current version is %d", d.review.Version, d.asset.CurrentVersion)
	}
	status := d.asset.Status
	if err := d.transition(status, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved); err != nil {
		return err
	}
	return d.checkApprover()
}

// checkNotRequested returns ErrUnchanged if the version's last decision is a
// request for changes by the same subject.
func (d *decision) checkNotRequested(ctx context.Context) error {
	last, err := d.lastDecision(ctx, d.review.Version)
	if err != nil {
		return err
	}
	if last.Action != assets.ActionRequestChanges || last.By != d.by.Subject {
		return nil
	}
	d.review = last
	return assets.ErrUnchanged
}

// useCurrentVersion makes the review one of the current version. It returns
// ErrVersionConflict if the review names another version or digest.
func (d *decision) useCurrentVersion() error {
	a := d.asset
	if n := d.review.Version; n != 0 && n != a.CurrentVersion {
		return assets.Errorf(assets.ErrVersionConflict, "the decision names version %d, but the current version is %d", n, a.CurrentVersion)
	}
	d.review.Version = a.CurrentVersion
	return d.useDigest(a.Content.SHA256)
}

func (d *decision) useDigest(sha256 string) error {
	if d.review.SHA256 != "" && d.review.SHA256 != sha256 {
		return assets.Errorf(assets.ErrVersionConflict, "the SHA-256 of version %d is not the one that the decision names", d.review.Version)
	}
	d.review.SHA256 = sha256
	return nil
}

// checkSubmittedIsCurrent returns ErrVersionConflict if a version was added
// after the submitted one. A decision that names no version must fail then.
func (d *decision) checkSubmittedIsCurrent() error {
	a := d.asset
	if a.Status != assets.StatusPendingReview || a.Submitted.Version == a.CurrentVersion {
		return nil
	}
	return assets.Errorf(assets.ErrVersionConflict, "version %d was submitted, but version %d was added since: name the version that was reviewed", a.Submitted.Version, a.CurrentVersion)
}

func (d *decision) transition(to assets.Status, from ...assets.Status) error {
	if !slices.Contains(from, d.asset.Status) {
		return d.notAllowed()
	}
	d.review.ToStatus = to
	return nil
}

func (d *decision) notAllowed() error {
	return assets.Errorf(assets.ErrInvalidTransition, "%s is not allowed while the asset is %s", d.review.Action, d.asset.Status)
}

// unchanged returns ErrUnchanged. It makes the recorded decision in effect for
// which match holds the result, if there is one.
func (d *decision) unchanged(ctx context.Context, match func(assets.Review) bool) error {
	recorded, err := d.recorded(ctx, d.review.Version, match)
	if err != nil {
		return err
	}
	return d.inEffect(recorded)
}

// inEffect returns ErrUnchanged. It makes a recorded decision on the version the
// result, unless it is zero.
func (d *decision) inEffect(recorded assets.Review) error {
	d.review.ToStatus = d.asset.Status
	if recorded.Version == d.review.Version {
		d.review = recorded
	}
	return assets.ErrUnchanged
}

// version returns a version of the asset, or the zero Version, which has no
// approval and no digest, if there is none.
func (d *decision) version(ctx context.Context, n assets.Number) (assets.Version, error) {
	v, err := d.rows.Version(ctx, d.asset.Workspace, d.asset.ID, n)
	if errors.Is(err, assets.ErrNotFound) {
		return assets.Version{}, nil
	}
	return v, err
}
