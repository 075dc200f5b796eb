package assetstest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesLeaks(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"an asset is found in a workspace of another case", func(s wholeStore) wholeStore { return caseless{s} }, "another workspace's asset is not found TEN01"},
		fault[wholeStore]{"a list has rows of a workspace of another case", func(s wholeStore) wholeStore { return caselessList{s} }, "another workspace's asset is not found TEN01"},
		fault[wholeStore]{"a version goes to the workspace of another case", withTx(func(tx assets.Tx) assets.Tx { return caselessTx{tx} }), "equal ids in several workspaces TEN03"},
		fault[wholeStore]{"a subject has the keys of another case", func(s wholeStore) wholeStore { return caselessSubject{s} }, "idempotency keys belong to subject and operation"},
		fault[wholeStore]{"what does not exist is an empty asset", func(s wholeStore) wholeStore { return emptyAsset{s} }, "what does not exist is not found"},
	)
}

type caseless struct{ wholeStore }

func (s caseless) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	return s.wholeStore.Asset(ctx, strings.ToLower(workspace), id)
}

type caselessList struct{ wholeStore }

func (s caselessList) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	return s.wholeStore.Assets(ctx, strings.ToLower(workspace), f, w)
}

type caselessTx struct{ assets.Tx }

func (tx caselessTx) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	return tx.Tx.PutVersion(ctx, strings.ToLower(workspace), v)
}

type caselessSubject struct{ wholeStore }

func (s caselessSubject) Requested(ctx context.Context, workspace, subject, operation, key string) (assets.Request, error) {
	return s.wholeStore.Requested(ctx, workspace, strings.ToLower(subject), operation, key)
}

type emptyAsset struct{ wholeStore }

func (s emptyAsset) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	if a, err := s.wholeStore.Asset(ctx, workspace, id); err == nil {
		return a, nil
	}
	return &assets.Asset{}, nil
}
