package sqlite_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/10ex/assets"
)

// TestDBF01OneWriterFails has writers beside each other of which some are
// cancelled in mid INSERT, err or panic: their whole transactions are undone,
// the others stand.
func TestDBF01OneWriterFails(t *testing.T) {
	t.Parallel()
	st := openFile(t)
	const writers = 40
	var wg sync.WaitGroup
	var want []int
	for i := range writers {
		if i%4 == 0 {
			want = append(want, i)
		}
		wg.Go(func() { writeBadly(t, st, i) })
	}
	wg.Wait()
	mustHold(t, st, writers, want...)
	mustPut(t, st, writers) // nobody kept the lock
}

func writeBadly(t *testing.T, st assets.Store, i int) {
	boom := errors.New("boom")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer func() {
		if v := recover(); v != nil && v != "panic" {
			panic(v)
		}
	}()
	err := st.Update(ctx, func(tx assets.Tx) error {
		if err := tx.PutAsset(ctx, newAsset(i), nil); err != nil {
			return err
		}
		switch i % 4 {
		case 1:
			return boom
		case 2:
			panic("panic")
		case 3:
			cancel()
			return tx.PutAsset(ctx, newAsset(i), newAsset(i))
		}
		return nil
	})
	switch {
	case i%4 == 0 && err != nil, i%4 == 1 && !errors.Is(err, boom), i%4 == 3 && !errors.Is(err, assets.ErrUnavailable):
		t.Errorf("writer %d: %v", i, err)
	}
}
