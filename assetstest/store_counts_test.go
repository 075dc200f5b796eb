package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

func TestStoreRefusesWrongCountsByStatus(t *testing.T) {
	const all = "Counts by status, and the most frequent values TEN06"
	refuses(
		t, storeSuite,
		fault[wholeStore]{"those in force are the approved ones", func(s wholeStore) wholeStore { return approvedInForce{s} }, all},
		fault[wholeStore]{"counts ignore filters", func(s wholeStore) wholeStore { return unfilteredCounts{s} }, all},
		fault[wholeStore]{"one value too many is frequent", func(s wholeStore) wholeStore { return oneFrequentMore{s} }, "frequent values that are equal come in byte order"},
	)
}

type approvedInForce struct{ wholeStore }

func (s approvedInForce) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	c, err := s.wholeStore.Counts(ctx, workspace, f, frequent)
	c.InForce = c.Approved
	return c, err
}

type unfilteredCounts struct{ wholeStore }

func (s unfilteredCounts) Counts(ctx context.Context, workspace string, _ assets.Filter, frequent int) (assets.Counts, error) {
	return s.wholeStore.Counts(ctx, workspace, assets.Filter{}, frequent)
}

type oneFrequentMore struct{ wholeStore }

func (s oneFrequentMore) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	return s.wholeStore.Counts(ctx, workspace, f, frequent+1)
}
