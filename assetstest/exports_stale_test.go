package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

func TestVolumeExportsRefusesWrongStaleness(t *testing.T) {
	refuses(
		t, exportsSuite,
		fault[wholeStore]{"a withdrawal is not noticed", withTx(func(tx assets.Tx) assets.Tx { return neverWithdraws{tx} }), "a withdrawn approval makes it stale for good EXP01"},
		fault[wholeStore]{"the list shows stale exports as usable", func(s wholeStore) wholeStore { return neverStale{s} }, "a withdrawn approval makes it stale for good EXP01"},
		fault[wholeStore]{"every version makes an export stale", withTx(func(tx assets.Tx) assets.Tx { return withdrawsFirst{tx} }), "a version, an asset or a workspace beside it does no harm EXP01"},
	)
}

type neverWithdraws struct{ assets.Tx }

func (tx neverWithdraws) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	if v.Approval == assets.ApprovalWithdrawn {
		v.Approval = assets.ApprovalNone
	}
	return tx.Tx.PutVersion(ctx, workspace, v)
}

type neverStale struct{ wholeStore }

func (s neverStale) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	records, err := s.wholeStore.Exports(ctx, workspace, before, limit)
	for i := range records {
		records[i].Stale = false
	}
	return records, err
}

// withdrawsFirst withdraws the approval of version 1 with that of any version.
type withdrawsFirst struct{ assets.Tx }

func (tx withdrawsFirst) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	if err := tx.Tx.PutVersion(ctx, workspace, v); err != nil || v.Approval != assets.ApprovalWithdrawn {
		return err
	}
	first, err := tx.Version(ctx, workspace, v.AssetID, 1)
	if err != nil {
		return err
	}
	first.Approval = assets.ApprovalWithdrawn
	return tx.Tx.PutVersion(ctx, workspace, first)
}
