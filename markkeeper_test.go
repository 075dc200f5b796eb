package assets_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

// slowMarks is a store in memory whose moves of marks wait, and then fail so many times.
type slowMarks struct {
	*memory.Store
	moving chan struct{}
	fails  atomic.Int64
}

func (s *slowMarks) MoveFollower(ctx context.Context, l assets.Lease, to int64) (assets.Lease, error) {
	<-s.moving
	if s.fails.Add(-1) >= 0 {
		return assets.Lease{}, assets.ErrUnavailable
	}
	return s.Store.MoveFollower(ctx, l, to)
}

// TestEventsDoNotWaitForMarks: events come while the mark of earlier ones waits for its
// turn, and a mark that could not be moved moves later.
func TestEventsDoNotWaitForMarks(t *testing.T) {
	t.Parallel()
	slow := &slowMarks{Store: memory.New(), moving: make(chan struct{})}
	slow.fails.Store(1)
	cfg := assetstest.Config()
	cfg.Store = slow
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	life(t, lib)
	first, second := make(chan struct{}), newCollector(6)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- lib.Follow(ctx, "jobs", func(ctx context.Context, events []assets.Event) error {
			if events[len(events)-1].Position == 3 {
				close(first)
			}
			return second.add(ctx, events)
		})
	}()
	<-first
	life(t, lib)
	select {
	case <-second.enough:
	case <-time.After(time.Minute):
		t.Fatal("events wait for the mark")
	}
	close(slow.moving)
	for at := int64(0); at != 6; {
		lease, err := slow.LeaseFollower(t.Context(), "jobs", "another", time.Minute)
		if !errors.Is(err, assets.ErrLeased) {
			t.Fatalf("the lease was given back: %+v, %v", lease, err)
		}
		for _, f := range lib.Following() {
			at = f.Position
		}
	}
	cancel()
	if err := <-ended; err != nil || !slices.Equal(second.positions, upTo(1, 6)) {
		t.Errorf("%v, %v", second.positions, err)
	}
	lease, err := slow.LeaseFollower(t.Context(), "jobs", "another", time.Minute)
	if err != nil || lease.Position != 6 {
		t.Errorf("the mark is %+v, %v", lease, err)
	}
}
