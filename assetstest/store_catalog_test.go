package assetstest_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongCounts(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"counts end at ten", func(s wholeStore) wholeStore { return countsToTen{s} }, "Count returns the number of assets that a filter selects TEN06"},
		fault[wholeStore]{"tags are ordered without regard to case", func(s wholeStore) wholeStore { return caselessTags{s} }, "tags come in byte order"},
		fault[wholeStore]{"the window of tags has one tag too many", func(s wholeStore) wholeStore { return oneTagMore{s} }, "TagCounts in every window TEN06"},
		fault[wholeStore]{"tags of a deleted asset count", withTx(func(tx assets.Tx) assets.Tx { return undeletable{tx} }), "tags count while their asset does"},
	)
}

type countsToTen struct{ wholeStore }

func (s countsToTen) Count(ctx context.Context, workspace string, f assets.Filter) (int64, error) {
	n, err := s.wholeStore.Count(ctx, workspace, f)
	return min(n, 10), err
}

type caselessTags struct{ wholeStore }

func (s caselessTags) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	tags, err := s.wholeStore.TagCounts(ctx, workspace, w)
	slices.SortStableFunc(tags, func(a, b assets.TagCount) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(strings.ToLower(a.Value), strings.ToLower(b.Value)))
	})
	return tags, err
}

type oneTagMore struct{ wholeStore }

func (s oneTagMore) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	w.Limit++
	return s.wholeStore.TagCounts(ctx, workspace, w)
}
