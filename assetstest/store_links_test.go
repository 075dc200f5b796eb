package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongLinks(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"a field is lost", withTx(func(tx assets.Tx) assets.Tx { return losesComments{tx} }), "a review link is kept in every field, and replaced"},
		fault[wholeStore]{"what has ended is counted", func(s wholeStore) wholeStore { return countsAll{s} }, "review links are counted until they end"},
		fault[wholeStore]{"what has ended with its key is counted", func(s wholeStore) wholeStore { return countsWithoutKeys{s} }, "review links that end with their key are counted until then"},
	)
}

type losesComments struct{ assets.Tx }

func (tx losesComments) PutLink(ctx context.Context, k assets.ReviewLink) error {
	k.Comments = 0
	return tx.Tx.PutLink(ctx, k)
}

type countsAll struct{ wholeStore }

func (s countsAll) CountLinks(ctx context.Context, workspace string, _ assets.Time) (int, error) {
	return s.wholeStore.CountLinks(ctx, workspace, 0)
}

// countsWithoutKeys counts one more link while others are left, as if it had not ended with its key.
type countsWithoutKeys struct{ wholeStore }

func (s countsWithoutKeys) CountLinks(ctx context.Context, workspace string, at assets.Time) (int, error) {
	n, err := s.wholeStore.CountLinks(ctx, workspace, at)
	if n > 0 {
		n++
	}
	return n, err
}
