package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

func TestFailedWriteFailsTheUpdateDBF02(t *testing.T) {
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
	if !errors.Is(err, assets.ErrUnavailable) || lastSeq(t, s) != 0 {
		t.Errorf("Update: %v, with %d journal rows; want the failed write's error and none", err, lastSeq(t, s))
	}
}

func TestTxEndsWithItsUpdate(t *testing.T) {
	t.Parallel()
	s := memory.New()
	var leaked assets.Tx
	if err := s.Update(t.Context(), func(tx assets.Tx) error { leaked = tx; return event(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	if err := event(t.Context(), leaked); err == nil || lastSeq(t, s) != 1 {
		t.Errorf("write after the Update: %v, %d journal rows", err, lastSeq(t, s))
	}
	if _, err := leaked.Asset(t.Context(), "w", "x"); err == nil || errors.Is(err, assets.ErrNotFound) {
		t.Errorf("read after the Update: %v", err)
	}
}
