package assetstest_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongRecords(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"texts are trimmed", withTx(func(tx assets.Tx) assets.Tx { return trimming{tx} }), "text is kept verbatim DBF04"},
		fault[wholeStore]{"parameters become floating-point numbers", withTx(func(tx assets.Tx) assets.Tx { return reencoding{tx} }), "parameters keep their digits UPL10"},
		fault[wholeStore]{"callers share an asset", func(s wholeStore) wholeStore { return &sharing{wholeStore: s} }, "results are the caller's own copies"},
		fault[wholeStore]{"reviews are listed newest first", func(s wholeStore) wholeStore { return newestReviewFirst{s} }, "reviews: the newest, oldest first, by revision"},
		fault[wholeStore]{"an idempotency record is never replaced", withTx(func(tx assets.Tx) assets.Tx { return firstRequest{tx} }), "idempotency records are replaced"},
		fault[wholeStore]{"deleting does nothing", withTx(func(tx assets.Tx) assets.Tx { return undeletable{tx} }), "deleting leaves nothing of the asset and all of the others"},
	)
}

type trimming struct{ assets.Tx }

func (tx trimming) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	v.Provenance.RunID = strings.TrimSpace(v.Provenance.RunID)
	return tx.Tx.PutVersion(ctx, workspace, v)
}

type reencoding struct{ assets.Tx }

func (tx reencoding) PutVersion(ctx context.Context, workspace string, v assets.Version) error {
	var decoded any
	if json.Unmarshal(v.Provenance.Parameters, &decoded) == nil {
		v.Provenance.Parameters, _ = json.Marshal(decoded)
	}
	return tx.Tx.PutVersion(ctx, workspace, v)
}

type sharing struct {
	wholeStore
	known sync.Map
}

func (s *sharing) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	a, err := s.wholeStore.Asset(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	shared, _ := s.known.LoadOrStore(workspace+string(id), a)
	return shared.(*assets.Asset), nil
}

type newestReviewFirst struct{ wholeStore }

func (s newestReviewFirst) Reviews(ctx context.Context, workspace string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	reviews, err := s.wholeStore.Reviews(ctx, workspace, id, n, limit)
	slices.Reverse(reviews)
	return reviews, err
}

type firstRequest struct{ assets.Tx }

func (tx firstRequest) PutRequest(ctx context.Context, workspace string, r assets.Request) error {
	if _, err := tx.Requested(ctx, workspace, r.Subject, r.Operation, r.Key); err == nil {
		return nil
	}
	return tx.Tx.PutRequest(ctx, workspace, r)
}

type undeletable struct{ assets.Tx }

func (undeletable) DeleteAsset(context.Context, string, assets.ID) error { return nil }
