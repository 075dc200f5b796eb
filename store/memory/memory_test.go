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

// event makes the smallest write.
func event(ctx context.Context, tx assets.Tx) error {
	return tx.AddEvent(ctx, assets.Event{Workspace: "w", Type: assets.EventEdited})
}

// lastSeq returns the number of the newest event.
func lastSeq(t *testing.T, s *memory.Store) int64 {
	t.Helper()
	newest, err := s.MoveMark(t.Context(), blob.Mark{}, true)
	if err != nil {
		t.Fatal(err)
	}
	return newest.Position
}

func TestStore(t *testing.T) {
	t.Parallel()
	assetstest.TestStore(t, open)
}

func TestNestedUpdateEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := memory.New()
	err := s.Update(t.Context(), func(assets.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		return s.Update(ctx, func(tx assets.Tx) error { return event(ctx, tx) })
	})
	if !errors.Is(err, context.DeadlineExceeded) || lastSeq(t, s) != 0 {
		t.Errorf("nested Update: %v", err)
	}
}

// TestCancelledUpdateIsNotPublished cancels the context within an Update that succeeds.
func TestCancelledUpdateIsNotPublished(t *testing.T) {
	t.Parallel()
	s := memory.New()
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx assets.Tx) error {
		defer cancel()
		return event(ctx, tx)
	})
	if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, context.Canceled) || lastSeq(t, s) != 0 {
		t.Errorf("Update: %v, with %d journal rows", err, lastSeq(t, s))
	}
}

func TestUpdateAfterAPanic(t *testing.T) {
	t.Parallel()
	s := memory.New()
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(t.Context(), func(tx assets.Tx) error {
			if err := event(t.Context(), tx); err != nil {
				t.Error(err)
			}
			panic("inside")
		})
	}()
	err := s.Update(t.Context(), func(tx assets.Tx) error { return event(t.Context(), tx) })
	if err != nil || lastSeq(t, s) != 1 {
		t.Errorf("%v, %d journal rows; want that of the second Update", err, lastSeq(t, s))
	}
}
