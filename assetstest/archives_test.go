package assetstest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/store/memory"
)

// backEnds are what an archive is made of.
type backEnds struct {
	store wholeStore
	blobs assetstest.ArchivedBlobs
}

func archivesSuite(t *testing.T, seed func(backEnds) backEnds) {
	assetstest.TestArchives(t, func(*testing.T) (wholeStore, assetstest.ArchivedBlobs) {
		b := seed(backEnds{memory.New(), blob.NewMemory()})
		return b.store, b.blobs
	})
}

func TestVolumeArchives(t *testing.T) { accepts(t, archivesSuite) }

func TestVolumeArchivesRefuses(t *testing.T) {
	refuses(
		t, archivesSuite,
		fault[backEnds]{"a withdrawal is not noticed", func(b backEnds) backEnds {
			b.store = withTx(func(tx assets.Tx) assets.Tx { return neverWithdraws{tx} })(b.store)
			return b
		}, "a withdrawn approval ends downloads, but not one in progress EXP01"},
		fault[backEnds]{"the sweep deletes contents in use", func(b backEnds) backEnds {
			b.store = expiresAll{b.store}
			return b
		}, "frozen bytes stay EXP02"},
		fault[backEnds]{"damage is repaired with zeros", func(b backEnds) backEnds {
			b.blobs = zeroFilling{b.blobs}
			return b
		}, "damage breaks the transfer within its entry EXP03"},
		fault[backEnds]{"a snapshot loses its last asset", func(b backEnds) backEnds {
			b.store = losesLast{b.store}
			return b
		}, "one snapshot while approvals, withdrawals and deletes come and go EXP04"},
		fault[backEnds]{"expired exports are kept", func(b backEnds) backEnds {
			b.store = neverExpires{b.store}
			return b
		}, "expiry and the sweep end no transfer EXP08"},
	)
}

// expiresAll lets the sweep remove exports that have not expired.
type expiresAll struct{ wholeStore }

func (s expiresAll) Expire(ctx context.Context, before assets.Time) (int, error) {
	return s.wholeStore.Expire(ctx, before+1<<40)
}

type neverExpires struct{ wholeStore }

func (neverExpires) Expire(context.Context, assets.Time) (int, error) { return 0, nil }

// zeroFilling reads a content that is missing as empty.
type zeroFilling struct{ assetstest.ArchivedBlobs }

func (b zeroFilling) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := b.ArchivedBlobs.Open(ctx, key, offset, length)
	if errors.Is(err, assets.ErrNotFound) {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	return r, err
}

type losesLast struct{ wholeStore }

func (s losesLast) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
	return s.wholeStore.Freeze(ctx, r, q, func(f export.Freezing) (export.Plan, error) { return fn(losesLastCandidate{f}) })
}

type losesLastCandidate struct{ export.Freezing }

func (f losesLastCandidate) Approved(ctx context.Context, filter assets.Filter, w assets.Window) ([]export.Candidate, error) {
	page, err := f.Freezing.Approved(ctx, filter, w)
	return page[:max(0, len(page)-1)], err
}
