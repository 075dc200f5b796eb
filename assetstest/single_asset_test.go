package assetstest

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
)

func TestSingleAssetReads(t *testing.T) {
	t.Parallel()
	o := newSingleAsset()
	o.addVersion(content("a"))
	o.addVersion(content("b"))
	ctx := t.Context()
	if a, err := o.Asset(ctx, singleWorkspace, singleID); err != nil || a.CurrentVersion != 2 || a.Content.SHA256 != "b" {
		t.Errorf("asset: %+v, %v", a, err)
	}
	if v, err := o.Version(ctx, singleWorkspace, singleID, 1); err != nil || v.Content.SHA256 != "a" {
		t.Errorf("version 1: %+v, %v", v, err)
	}
	if all, err := o.Versions(ctx, singleWorkspace, singleID); err != nil || len(all) != 2 {
		t.Errorf("%d versions, %v", len(all), err)
	}
	for _, n := range []assets.Number{-1, 0, 3} {
		if _, err := o.Version(ctx, singleWorkspace, singleID, n); !absent(err) {
			t.Errorf("version %d: %v, want ErrNotFound", n, err)
		}
	}
	if _, err := o.Asset(ctx, "other", singleID); !absent(err) {
		t.Errorf("another workspace: %v, want ErrNotFound", err)
	}
	if _, err := o.Reviews(ctx, singleWorkspace, "other", 0, 0); !absent(err) {
		t.Errorf("another asset: %v, want ErrNotFound", err)
	}
	if o.reads != 8 {
		t.Errorf("%d reads are counted, want 8", o.reads)
	}
}

func TestSingleAssetFailsOneRead(t *testing.T) {
	t.Parallel()
	o := newSingleAsset()
	o.failing = 2
	for n, want := range []error{nil, assets.ErrUnavailable, nil} {
		if _, err := o.Asset(t.Context(), singleWorkspace, singleID); !errors.Is(err, want) {
			t.Errorf("read %d: %v, want %v", n+1, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Versions(ended, singleWorkspace, singleID); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestSingleAssetAppliesDecisions(t *testing.T) {
	t.Parallel()
	o := newSingleAsset()
	o.addVersion(content("a"))
	for _, step := range []struct {
		review              assets.Review
		submitted, approved assets.Number
		approval            assets.Approval
	}{
		{assets.Review{Action: assets.ActionSubmit, Version: 1, ToStatus: assets.StatusPendingReview}, 1, 0, assets.ApprovalNone},
		{assets.Review{Action: assets.ActionApprove, Version: 1, ToStatus: assets.StatusPendingReview}, 1, 0, assets.ApprovalNone}, // short of a quorum
		{assets.Review{Action: assets.ActionApprove, Version: 1, ToStatus: assets.StatusApproved}, 0, 1, assets.ApprovalGiven},
		{assets.Review{Action: assets.ActionRequestChanges, Version: 1, ToStatus: assets.StatusDraft}, 0, 0, assets.ApprovalWithdrawn},
		{assets.Review{Action: assets.ActionApprove, Version: 1, ToStatus: assets.StatusApproved}, 0, 1, assets.ApprovalGiven},
		{assets.Review{Action: assets.ActionArchive, Version: 1, ToStatus: assets.StatusArchived}, 0, 0, assets.ApprovalWithdrawn},
		{assets.Review{Action: assets.ActionReopen, Version: 1, ToStatus: assets.StatusDraft}, 0, 0, assets.ApprovalWithdrawn},
	} {
		o.record(step.review)
		a := o.asset
		if a.Status != step.review.ToStatus || a.Submitted.Version != step.submitted || a.ApprovedVersion != step.approved || o.versions[0].Approval != step.approval {
			t.Errorf("after %s: %s, submitted %d, approved %d, approval %v", step.review.Action, a.Status, a.Submitted.Version, a.ApprovedVersion, o.versions[0].Approval)
		}
	}
	if all, err := o.Reviews(t.Context(), singleWorkspace, singleID, 1, 2); err != nil || len(all) != 2 || all[1].Action != assets.ActionReopen || all[1].Revision != 7 {
		t.Errorf("the newest two reviews: %+v, %v", all, err)
	}
	if !o.asset.EverApproved {
		t.Error("the asset was never approved")
	}
}

func TestSingleAssetBecomesADraftWithANewVersion(t *testing.T) {
	t.Parallel()
	o := newSingleAsset()
	o.addVersion(content("a"))
	o.record(assets.Review{Action: assets.ActionApprove, Version: 1, ToStatus: assets.StatusApproved})
	o.addVersion(content("b"))
	if a := o.asset; a.Status != assets.StatusDraft || a.ApprovedVersion != 1 || a.CurrentVersion != 2 {
		t.Errorf("the asset is %+v", a)
	}
}
