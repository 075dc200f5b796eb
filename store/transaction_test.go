package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store"
)

// TestFailedWritersAreRolledBackDBF01 runs concurrent writers of which some are
// cancelled, return an error or panic. Their transactions are rolled back, and the
// others are committed.
func TestFailedWritersAreRolledBackDBF01(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const writers = 40
		var wg sync.WaitGroup
		var want []int
		for i := range writers {
			if i%4 == 0 {
				want = append(want, i)
			}
			wg.Go(func() { writeOrFail(t, st, i) })
		}
		wg.Wait()
		sqltest.CheckStored(t, st, writers, want...)
		sqltest.MustPut(t, st, writers) // no lock is left
	})
}

func TestUpdateEndsWithItsContext(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := st.Update(ctx, func(tx assets.Tx) error {
			defer cancel()
			return tx.PutAsset(ctx, sqltest.NewAsset(0), nil)
		})
		if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want ErrUnavailable that wraps the context's error", err)
		}
		sqltest.CheckUnavailable(t, sqltest.Put(ctx, st, 1)) // ended before it begins
		sqltest.CheckStored(t, st, 2)
	})
}

func TestPanicOfUpdateIsPassedOn(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		func() {
			defer func() {
				if got := recover(); got != "inside" {
					t.Errorf("recovered %v", got)
				}
			}()
			_ = st.Update(t.Context(), func(assets.Tx) error { panic("inside") })
		}()
		sqltest.MustPut(t, st, 0)
	})
}

func writeOrFail(t *testing.T, st assets.Store, i int) {
	boom := errors.New("boom")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if v := recover(); v != nil && v != "panic" {
			panic(v)
		}
	}()
	err := st.Update(ctx, func(tx assets.Tx) error {
		if err := tx.PutAsset(ctx, sqltest.NewAsset(i), nil); err != nil {
			return err
		}
		switch i % 4 {
		case 1:
			return boom
		case 2:
			panic("panic")
		case 3:
			cancel()
			return tx.PutAsset(ctx, sqltest.NewAsset(i), sqltest.NewAsset(i))
		}
		return nil
	})
	switch {
	case i%4 == 0 && err != nil, i%4 == 1 && !errors.Is(err, boom), i%4 == 3 && !errors.Is(err, assets.ErrUnavailable):
		t.Errorf("writer %d: %v", i, err)
	}
}
