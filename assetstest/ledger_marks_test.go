package assetstest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

func TestVolumeLedgerRefusesMarks(t *testing.T) {
	refuses(
		t, ledgerSuite,
		fault[wholeStore]{"a mark is known by its position only", func(s wholeStore) wholeStore { return anyDigest{s} }, "a mark of rows that are lost is not found CRA04"},
		fault[wholeStore]{"a mark is not looked up", func(s wholeStore) wholeStore { return movesAnything{s} }, "a mark that is not found moves nothing CRA04"},
		fault[wholeStore]{"no mark is recorded", func(s wholeStore) wholeStore { return recordsNothing{s} }, "a recorded mark outlives pruning CRA04"},
		fault[wholeStore]{"a dry move records", func(s wholeStore) wholeStore { return neverDry{s} }, "a dry move records nothing CRA04"},
		fault[wholeStore]{"the mark stays", func(s wholeStore) wholeStore { return staysPut{s} }, "a mark names the newest row CRA04"},
		fault[wholeStore]{"the latest mark is unknown", func(s wholeStore) wholeStore { return forgetsLatest{s} }, "processes that move the mark at once CRA04"},
		fault[wholeStore]{"positions are always enough", func(s wholeStore) wholeStore { return anyPosition{s} }, "a mark without digest is known by its position once CRA04"},
		fault[wholeStore]{"only the new mark is recorded", func(s wholeStore) wholeStore { return forgetsFrom{s} }, "what a mark was moved from outlives pruning too CRA04"},
	)
}

// anyDigest finds a row by its position if the newest row is not before it.
type anyDigest struct{ wholeStore }

func (s anyDigest) MoveMark(ctx context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	newest, err := s.wholeStore.MoveMark(ctx, blob.Mark{}, true)
	if err != nil || newest.Position < from.Position {
		return newest, errors.Join(err, assets.ErrNotFound)
	}
	return s.wholeStore.MoveMark(ctx, blob.Mark{}, dry)
}

type movesAnything struct{ wholeStore }

func (s movesAnything) MoveMark(ctx context.Context, _ blob.Mark, dry bool) (blob.Mark, error) {
	return s.wholeStore.MoveMark(ctx, blob.Mark{}, dry)
}

type recordsNothing struct{ wholeStore }

func (s recordsNothing) MoveMark(ctx context.Context, from blob.Mark, _ bool) (blob.Mark, error) {
	return s.wholeStore.MoveMark(ctx, from, true)
}

type neverDry struct{ wholeStore }

func (s neverDry) MoveMark(ctx context.Context, from blob.Mark, _ bool) (blob.Mark, error) {
	return s.wholeStore.MoveMark(ctx, from, false)
}

type staysPut struct{ wholeStore }

func (s staysPut) MoveMark(ctx context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	next, err := s.wholeStore.MoveMark(ctx, from, dry)
	if err == nil && from != (blob.Mark{}) {
		next = from
	}
	return next, err
}

type forgetsLatest struct{ wholeStore }

func (s forgetsLatest) State(ctx context.Context) (storeID string, latest blob.Mark, err error) {
	storeID, _, err = s.wholeStore.State(ctx)
	return storeID, blob.Mark{}, err
}

// anyPosition finds every row by its position.
type anyPosition struct{ wholeStore }

func (s anyPosition) MoveMark(ctx context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	newest, err := s.wholeStore.MoveMark(ctx, blob.Mark{}, true)
	if err == nil && from.Digest == "" && from.Position <= newest.Position {
		from = blob.Mark{}
	}
	next, moveErr := s.wholeStore.MoveMark(ctx, from, dry)
	return next, errors.Join(err, moveErr)
}

// forgetsFrom records the new mark, but not the one that it was moved from.
type forgetsFrom struct{ wholeStore }

func (s forgetsFrom) MoveMark(ctx context.Context, from blob.Mark, dry bool) (blob.Mark, error) {
	next, err := s.wholeStore.MoveMark(ctx, from, true)
	if err != nil || dry {
		return next, err
	}
	return s.wholeStore.MoveMark(ctx, blob.Mark{}, false)
}
