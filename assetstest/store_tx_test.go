package assetstest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/10ex/assets"
)

func TestVolumeStoreRefusesWrongTransactions(t *testing.T) {
	refuses(
		t, storeSuite,
		fault[wholeStore]{"an Update that failed is committed", func(s wholeStore) wholeStore { return commitsAnyway{s} }, "an error rolls back and is passed on unchanged CRA09"},
		fault[wholeStore]{"the error of an Update is wrapped", func(s wholeStore) wholeStore { return wrapsErrors{s} }, "an error rolls back and is passed on unchanged CRA09"},
		fault[wholeStore]{"a panic becomes an error", func(s wholeStore) wholeStore { return recovers{s} }, "a panic rolls back and is passed on unchanged CRA09"},
		fault[wholeStore]{"an Update ignores its context", func(s wholeStore) wholeStore { return ignoresContext{s} }, "a context cancelled inside rolls back CRA09"},
		fault[wholeStore]{"an Update reads what was committed before", func(s wholeStore) wholeStore { return readsOld{s} }, "an Update sees its own writes"},
	)
}

type commitsAnyway struct{ wholeStore }

func (s commitsAnyway) Update(ctx context.Context, fn func(assets.Tx) error) (failed error) {
	err := s.wholeStore.Update(ctx, func(tx assets.Tx) error {
		failed = fn(tx)
		return nil
	})
	if failed != nil {
		return failed
	}
	return err
}

type wrapsErrors struct{ wholeStore }

func (s wrapsErrors) Update(ctx context.Context, fn func(assets.Tx) error) error {
	if err := s.wholeStore.Update(ctx, fn); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	return nil
}

type recovers struct{ wholeStore }

func (s recovers) Update(ctx context.Context, fn func(assets.Tx) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	return s.wholeStore.Update(ctx, fn)
}

type ignoresContext struct{ wholeStore }

func (s ignoresContext) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(context.WithoutCancel(ctx), fn)
}

type readsOld struct{ wholeStore }

func (s readsOld) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(readsBefore{tx, s.wholeStore}) })
}

type readsBefore struct {
	assets.Tx
	committed assets.Reader
}

func (tx readsBefore) Version(ctx context.Context, workspace string, id assets.ID, n assets.Number) (assets.Version, error) {
	return tx.committed.Version(ctx, workspace, id, n)
}
