package assetstest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongHistory(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"versions are listed oldest first", func(s wholeStore) wholeStore { return oldestVersionFirst{s} }, "versions before a number, newest first"},
		fault[wholeStore]{"reviews of one revision are skipped", func(s wholeStore) wholeStore { return byRevision{s} }, "reviews before a position, newest first"},
		fault[wholeStore]{"a page has no end of bytes", func(s wholeStore) wholeStore { return boundless{s} }, "a page ends at its bytes HOS05"},
		fault[wholeStore]{"a page of assets has no end of bytes", func(s wholeStore) wholeStore { return boundless{s} }, "a page of assets ends at its bytes HOS05"},
	)
}

type oldestVersionFirst struct{ wholeStore }

func (s oldestVersionFirst) VersionsBefore(ctx context.Context, ws string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	page, err := s.wholeStore.VersionsBefore(ctx, ws, id, w)
	slices.Reverse(page)
	return page, err
}

type byRevision struct{ wholeStore }

func (s byRevision) ReviewsBefore(ctx context.Context, ws string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	w.Before.ID = ""
	return s.wholeStore.ReviewsBefore(ctx, ws, id, w)
}

type boundless struct{ wholeStore }

func (s boundless) VersionsBefore(ctx context.Context, ws string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	w.Bytes = 0
	return s.wholeStore.VersionsBefore(ctx, ws, id, w)
}

func (s boundless) Assets(ctx context.Context, ws string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	w.Bytes = 0
	return s.wholeStore.Assets(ctx, ws, f, w)
}
