package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStore(t *testing.T) { accepts(t, storeSuite) }

func TestVolumeStoreRefuses(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"no version is found", func(s wholeStore) wholeStore { return withoutVersion{s} }, "every field comes back"},
		fault[wholeStore]{"an approved asset is not in the approved perspective", func(s wholeStore) wholeStore { return currentOnly{s} }, "every field comes back"},
	)
}

type withoutVersion struct{ wholeStore }

func (withoutVersion) Version(context.Context, string, assets.ID, assets.Number) (assets.Version, error) {
	return assets.Version{}, assets.ErrNotFound
}

type currentOnly struct{ wholeStore }

func (s currentOnly) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	f.Approved = false
	return s.wholeStore.Assets(ctx, workspace, f, w)
}
