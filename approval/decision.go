package approval

import (
	"context"
	"errors"
	"slices"

	"github.com/10ex/assets"
)

// decision is one proposed review on its way through the checks, which fill
// it in.
type decision struct {
	policy Policy
	rows   assets.Reader
	by     assets.Actor
	asset  *assets.Asset // as it is; never changed
	review assets.Review
}

func (d *decision) judge(ctx context.Context) error {
	switch d.review.Action {
	case assets.ActionApprove:
		if d.review.CarriedFrom != 0 {
			return d.carry(ctx)
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
	inEffect := a.Status == assets.StatusPendingReview && a.Submitted == a.CurrentVersion
	return d.move(ctx, inEffect, assets.StatusPendingReview, assets.StatusDraft, assets.StatusPendingReview)
}

func (d *decision) reopen(ctx context.Context) error {
	inEffect := d.asset.Status == assets.StatusDraft
	return d.move(ctx, inEffect, assets.StatusDraft, assets.StatusArchived)
}

// archive withdraws every approval: who does it must be allowed to approve.
func (d *decision) archive(ctx context.Context) error {
	inEffect := d.asset.Status == assets.StatusArchived
	err := d.move(ctx, inEffect, assets.StatusArchived, assets.StatusDraft, assets.StatusPendingReview, assets.StatusApproved)
	if err != nil {
		return err
	}
	standing, err := d.anyApprovalGiven(ctx)
	if err != nil || !standing {
		return err
	}
	return d.policy.mayApprove(d.by)
}

func (d *decision) anyApprovalGiven(ctx context.Context) (bool, error) {
	a := d.asset
	if a.ApprovedVersion != 0 || !a.EverApproved {
		return a.ApprovedVersion != 0, nil
	}
	versions, err := d.rows.Versions(ctx, a.Workspace, a.ID)
	return slices.ContainsFunc(versions, func(v assets.Version) bool { return v.Approval == assets.ApprovalGiven }), err
}

// move decides what only the status decides: always about the current
// version, from one of some statuses to another.
func (d *decision) move(ctx context.Context, inEffect bool, to assets.Status, from ...assets.Status) error {
	conflict := d.nameCurrent()
	if inEffect && conflict == nil {
		return d.inEffect(ctx, func(r assets.Review) bool { return r.Action == d.review.Action })
	}
	if conflict != nil {
		return conflict
	}
	return d.transition(to, from...)
}

// nameCurrent makes the review one of the current version, unless it names
// another version or digest.
func (d *decision) nameCurrent() error {
	a := d.asset
	if n := d.review.Version; n != 0 && n != a.CurrentVersion {
		return assets.Errorf(assets.ErrVersionConflict, "the decision names version %d, the current version is %d", n, a.CurrentVersion)
	}
	d.review.Version = a.CurrentVersion
	return d.nameDigest(a.Content.SHA256)
}

func (d *decision) nameDigest(sha256 string) error {
	if d.review.SHA256 != "" && d.review.SHA256 != sha256 {
		return assets.Errorf(assets.ErrVersionConflict, "version %d has another SHA-256 than the decision names", d.review.Version)
	}
	d.review.SHA256 = sha256
	return nil
}

// overtaken is the conflict of a decision that names no version when there is
// something newer than what was submitted.
func (d *decision) overtaken() error {
	a := d.asset
	if a.Status != assets.StatusPendingReview || a.Submitted == a.CurrentVersion {
		return nil
	}
	return assets.Errorf(assets.ErrVersionConflict, "version %d was submitted, and version %d arrived since: name the version you looked at", a.Submitted, a.CurrentVersion)
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

// inEffect answers ErrUnchanged with the version's newest review that is what
// was asked for, if one is recorded.
func (d *decision) inEffect(ctx context.Context, same func(assets.Review) bool) error {
	a := d.asset
	reviews, err := d.rows.Reviews(ctx, a.Workspace, a.ID, d.review.Version, 0)
	if err != nil {
		return err
	}
	d.review.ToStatus = a.Status
	for _, r := range slices.Backward(reviews) {
		if same(r) {
			d.review = r
			break
		}
	}
	return assets.ErrUnchanged
}

// version reads a version that a decision names; one that does not exist has
// no approval and no digest.
func (d *decision) version(ctx context.Context, n assets.Number) (assets.Version, error) {
	v, err := d.rows.Version(ctx, d.asset.Workspace, d.asset.ID, n)
	if errors.Is(err, assets.ErrNotFound) {
		return assets.Version{}, nil
	}
	return v, err
}

// lastReview answers the newest review of a version, or a zero one.
func (d *decision) lastReview(ctx context.Context, n assets.Number) (assets.Review, error) {
	reviews, err := d.rows.Reviews(ctx, d.asset.Workspace, d.asset.ID, n, 1)
	if err != nil || len(reviews) == 0 {
		return assets.Review{}, err
	}
	return reviews[len(reviews)-1], nil
}
