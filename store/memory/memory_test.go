package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

func open(*testing.T) *memory.Store { return memory.New() }

func TestStore(t *testing.T) {
	t.Parallel()
	assetstest.TestStore(t, open)
}

func TestJournal(t *testing.T) {
	t.Parallel()
	assetstest.TestJournal(t, open)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	assetstest.TestKeys(t, open)
}

func TestLedger(t *testing.T) {
	t.Parallel()
	assetstest.TestLedger(t, open)
}

// event is the smallest write.
func event(ctx context.Context, tx assets.Tx) error {
	return tx.AddEvent(ctx, assets.Event{Workspace: "w", Kind: assets.EventEdited})
}

func journal(t *testing.T, s *memory.Store) int64 {
	t.Helper()
	_, n, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDBF02FailedWriteFailsTheUpdate(t *testing.T) {
	t.Parallel()
	s := memory.New()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Update(t.Context(), func(tx assets.Tx) error {
		if err := event(ended, tx); !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("write with an ended context: %v", err)
		}
		if err := event(t.Context(), tx); err == nil {
			t.Error("a write after a failed one succeeded")
		}
		return nil
	})
	if !errors.Is(err, assets.ErrUnavailable) || journal(t, s) != 0 {
		t.Errorf("Update: %v, with %d journal rows; want the failed write's error and none", err, journal(t, s))
	}
}

func TestTxEndsWithItsUpdate(t *testing.T) {
	t.Parallel()
	s := memory.New()
	var leaked assets.Tx
	if err := s.Update(t.Context(), func(tx assets.Tx) error { leaked = tx; return event(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	if err := event(t.Context(), leaked); err == nil || journal(t, s) != 1 {
		t.Errorf("write after the Update: %v, %d journal rows", err, journal(t, s))
	}
	if _, err := leaked.Asset(t.Context(), "w", "x"); err == nil || errors.Is(err, assets.ErrNotFound) {
		t.Errorf("read after the Update: %v", err)
	}
}

func TestNestedUpdateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := memory.New()
	err := s.Update(t.Context(), func(assets.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		return s.Update(ctx, func(tx assets.Tx) error { return event(ctx, tx) })
	})
	if !errors.Is(err, context.DeadlineExceeded) || journal(t, s) != 0 {
		t.Errorf("nested Update: %v", err)
	}
}

func TestExports(t *testing.T) {
	t.Parallel()
	assetstest.TestExports(t, open)
}

func TestArchives(t *testing.T) {
	t.Parallel()
	assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, *blob.Memory) { return open(t), blob.NewMemory() })
}

func TestVolumeEXP07LargeExports(t *testing.T) { assetstest.TestLargeExports(t, open) }
