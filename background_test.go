package assets_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

// filled is a store with rows to fill.
type filled struct {
	*memory.Store
	fills chan struct{}
	fails atomic.Int64 // so many fills fail
}

func (s *filled) Fill(ctx context.Context) error {
	if n := s.fails.Add(-1); n >= 0 {
		if n%2 == 0 {
			panic("a fill")
		}
		return errors.New("no space")
	}
	select {
	case s.fills <- struct{}{}:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// background runs a Library on a store until stop is called.
func background(t *testing.T, s assets.Store, b assets.Blobs) (stop func()) {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Store, cfg.Blobs = s, b
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lib.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run has ended with %v", err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return stop
}

// TestRunUnderOneLease: one of several processes works, and another one goes on when it
// has ended.
func TestRunUnderOneLease(t *testing.T) {
	t.Parallel()
	s := &filled{Store: memory.New(), fills: make(chan struct{})}
	first := background(t, s, blob.NewMemory())
	<-s.fills
	second := background(t, s, blob.NewMemory())
	select {
	case <-s.fills:
		t.Error("two processes fill rows")
	case <-time.After(50 * time.Millisecond):
	}
	first()
	<-s.fills
	second()
	if _, err := s.LeaseFollower(t.Context(), assets.ReservedFollowers+"background", "another", time.Minute); err != nil {
		t.Errorf("the lease was not given back: %v", err)
	}
}

// TestRunTriesAgain: after an error and after a panic, while the other work goes on.
func TestRunTriesAgain(t *testing.T) {
	t.Parallel()
	s := &filled{Store: memory.New(), fills: make(chan struct{})}
	s.fails.Store(2)
	bucket := blob.NewMemory()
	stop := background(t, s, bucket)
	for {
		if _, err := bucket.ReadMarker(t.Context()); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if s.fails.Load() < 0 {
		t.Error("the marker waited for the fill")
	}
	<-s.fills
	stop()
}

// unindexed is a store with long texts to index.
type unindexed struct {
	*memory.Store
	indexed chan struct{}
}

func (s *unindexed) IndexWords(ctx context.Context) error {
	select {
	case s.indexed <- struct{}{}:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (*unindexed) WordsBehind(context.Context) (time.Duration, error) { return time.Minute, nil }

// TestRunIndexesWords: what a killed process has left, and again after a second.
func TestRunIndexesWords(t *testing.T) {
	t.Parallel()
	s := &unindexed{Store: memory.New(), indexed: make(chan struct{})}
	background(t, s, blob.NewMemory())
	for range 2 {
		select {
		case <-s.indexed:
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is indexed")
		}
	}
}

// unnumbered is a store whose events cannot be numbered.
type unnumbered struct{ *memory.Store }

func (unnumbered) NumberEvents(context.Context) error { return errors.New("no space") }

// TestRunTellsThatNumberingFails: the observer is told, so that an alert is possible.
func TestRunTellsThatNumberingFails(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Store = unnumbered{memory.New()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var failed atomic.Bool
	cfg.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
		return ctx, func(out assets.Outcome) {
			if op.Name == "number_events" && op.Kind == assets.OpJob {
				failed.Store(out.Code == "internal_error")
				cancel()
			}
		}
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Run(ctx); err != nil || !failed.Load() {
		t.Errorf("%v; the observer was told of a failure: %t", err, failed.Load())
	}
}

// noLeases is a store without leases.
type noLeases struct{ assets.Store }

func TestRunNeedsLeases(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Store = noLeases{cfg.Store}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}
