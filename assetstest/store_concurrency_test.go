package assetstest_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesLostUpdates(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"every second Update is lost", func(s wholeStore) wholeStore { return &losing{wholeStore: s} }, "Updates of different assets all happen"},
		fault[wholeStore]{"writes are visible before they are committed", func(s wholeStore) wholeStore { return &dirty{wholeStore: s} }, "no reader sees what is rolled back"},
		fault[wholeStore]{"an Update reads a stale asset", func(s wholeStore) wholeStore { return &stale{wholeStore: s} }, "Updates of one asset happen one after the other IDM05"},
	)
}

type losing struct {
	wholeStore
	updates atomic.Int64
}

func (s *losing) Update(ctx context.Context, fn func(assets.Tx) error) error {
	if s.updates.Add(1)%2 == 0 {
		return nil
	}
	return s.wholeStore.Update(ctx, fn)
}

// dirty reads the newest asset that was written, even if it was rolled back.
type dirty struct {
	wholeStore
	newest sync.Map
}

func (s *dirty) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(dirtyTx{tx, s}) })
}

func (s *dirty) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	if a, ok := s.newest.Load(workspace + string(id)); ok {
		return a.(*assets.Asset), nil
	}
	return s.wholeStore.Asset(ctx, workspace, id)
}

type dirtyTx struct {
	assets.Tx
	store *dirty
}

func (tx dirtyTx) PutAsset(ctx context.Context, current, approved *assets.Asset) error {
	tx.store.newest.Store(current.Workspace+string(current.ID), current)
	return tx.Tx.PutAsset(ctx, current, approved)
}

// stale reads each asset in an Update as the first Update read it.
type stale struct {
	wholeStore
	first sync.Map
}

func (s *stale) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(staleTx{tx, s}) })
}

type staleTx struct {
	assets.Tx
	store *stale
}

func (tx staleTx) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	a, err := tx.Tx.Asset(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	first, _ := tx.store.first.LoadOrStore(workspace+string(id), *a)
	copied := first.(assets.Asset)
	return &copied, nil
}
