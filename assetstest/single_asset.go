package assetstest

import (
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// singleAsset is the Reader that policies and versioners are tested with: one
// asset, its versions and reviews. It applies decisions as the Library does.
type singleAsset struct {
	asset    assets.Asset
	versions []assets.Version
	reviews  []assets.Review

	reads   int // the number of reads so far
	failing int // the read, counted from 1, that fails; 0 is none
}

const (
	singleWorkspace = "acme"
	singleID        = assets.ID("01890a5d-ac96-774b-bcce-b302099a8057")
)

func newSingleAsset() *singleAsset {
	return &singleAsset{asset: assets.Asset{
		ID: singleID, Workspace: singleWorkspace, Type: assets.TypeCopy, Title: "Ad", Status: assets.StatusDraft,
		Tags: assets.Tags{"lang": {"en"}}, CreatedBy: "maker",
	}}
}

// read counts a read and reports whether the asset is the one that there is. It
// returns ErrUnavailable if this read is to fail.
func (o *singleAsset) read(ctx context.Context, workspace string, id assets.ID) (known bool, err error) {
	o.reads++
	if o.reads == o.failing {
		return false, fmt.Errorf("read %d: %w", o.reads, assets.ErrUnavailable)
	}
	return workspace == singleWorkspace && id == singleID, ctx.Err()
}

func (o *singleAsset) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	known, err := o.read(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, assets.ErrNotFound
	}
	a := o.asset
	return &a, nil
}

func (o *singleAsset) Assets(ctx context.Context, workspace string, _ assets.Filter, _ assets.Window) ([]*assets.Asset, error) {
	a, err := o.Asset(ctx, workspace, singleID)
	if err != nil {
		return nil, err
	}
	return []*assets.Asset{a}, nil
}

func (o *singleAsset) Version(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	known, err := o.read(ctx, workspace, id)
	if err != nil {
		return assets.Version{}, err
	}
	if !known || n < 1 || int(n) > len(o.versions) {
		return assets.Version{}, assets.ErrNotFound
	}
	return o.versions[n-1], nil
}

func (o *singleAsset) Versions(ctx context.Context, workspace string, id assets.ID) ([]assets.Version, error) {
	if known, err := o.read(ctx, workspace, id); err != nil || !known {
		return nil, err
	}
	return slices.Clone(o.versions), nil
}

func (o *singleAsset) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	known, err := o.read(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, assets.ErrNotFound
	}
	var of []assets.Review
	for _, r := range o.reviews {
		if n == 0 || r.Version == n {
			of = append(of, r)
		}
	}
	if limit > 0 {
		of = of[max(0, len(of)-limit):]
	}
	return of, nil
}

func (o *singleAsset) Requested(ctx context.Context, workspace, _, _, _ string) (assets.Request, error) {
	if _, err := o.read(ctx, workspace, singleID); err != nil {
		return assets.Request{}, err
	}
	return assets.Request{}, assets.ErrNotFound
}

// addVersion appends v, which becomes the current version.
func (o *singleAsset) addVersion(v assets.Version) {
	v.AssetID, v.Number = singleID, assets.Number(len(o.versions)+1)
	o.versions = append(o.versions, v)
	a := &o.asset
	a.Version, a.CurrentVersion, a.Content, a.Provenance = v.Number, v.Number, v.Content, v.Provenance
	if a.Status == assets.StatusApproved {
		a.Status = assets.StatusDraft
	}
}

// record applies a decision to the asset.
func (o *singleAsset) record(r assets.Review) {
	a := &o.asset
	a.Revision++
	r.ID, r.AssetID, r.Revision = assets.ID(fmt.Sprintf("review-%d", a.Revision)), singleID, a.Revision
	o.reviews = append(o.reviews, r)
	switch {
	case r.Action == assets.ActionApprove && r.ToStatus == assets.StatusApproved:
		o.versions[r.Version-1].Approval = assets.ApprovalGiven
		a.ApprovedVersion, a.EverApproved = r.Version, true
	case r.Action == assets.ActionRequestChanges:
		o.withdraw(r.Version)
	case r.Action == assets.ActionArchive:
		for _, v := range o.versions {
			o.withdraw(v.Number)
		}
	}
	switch {
	case r.ToStatus != assets.StatusPendingReview:
		a.Submitted = assets.Submission{}
	case r.Action == assets.ActionSubmit, a.Status != assets.StatusPendingReview:
		a.Submitted = assets.Submission{Version: r.Version, At: r.At, By: r.By}
	}
	a.Status = r.ToStatus
	a.LastReview = lastReview(r)
}

// lastReview returns a review as an asset shows it.
func lastReview(r assets.Review) assets.LastReview {
	return assets.LastReview{Action: r.Action, Version: r.Version, By: r.By, ByKind: r.ByKind, At: r.At, Comment: r.Comment}
}

func (o *singleAsset) withdraw(n assets.Number) {
	if v := &o.versions[n-1]; v.Approval == assets.ApprovalGiven {
		v.Approval = assets.ApprovalWithdrawn
	}
	if o.asset.ApprovedVersion == n {
		o.asset.ApprovedVersion = 0
	}
}
