package assets_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

// probed is a store that counts checks, which fail with an error if it is set.
type probed struct {
	*memory.Store
	checks atomic.Int64
	fails  atomic.Pointer[error]
	wait   chan struct{} // if it is not nil, a check waits for it
}

func (s *probed) CheckWritable(ctx context.Context) error {
	s.checks.Add(1)
	if s.wait != nil {
		select {
		case <-s.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := s.fails.Load(); err != nil {
		return *err
	}
	return nil
}

func newProbed(t *testing.T, change func(*assets.Config)) (*assets.Library, *probed) {
	t.Helper()
	s := &probed{Store: memory.New()}
	cfg := assetstest.Config()
	cfg.Store = s
	if change != nil {
		change(&cfg)
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib, s
}

// TestCheckIsShared: however many call, there is one check a second.
func TestCheckIsShared(t *testing.T) {
	t.Parallel()
	lib, s := newProbed(t, nil)
	began := time.Now()
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if err := lib.With(s.Store).Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n, most := s.checks.Load(), 1+int64(time.Since(began)/time.Second); n < 1 || n > most {
		t.Errorf("%d checks, want 1 to %d", n, most)
	}
}

// TestCheckNamesWhatIsWrong: and shows nothing of the back end.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const secret = "password"
	lib, s := newProbed(t, nil)
	s.fails.Store(new(errors.New(secret)))
	err := lib.Check(t.Context())
	if !errors.Is(err, assets.ErrUnavailable) || assets.Detail(err) != "the database cannot be written" || !strings.Contains(err.Error(), secret) {
		t.Errorf("%v: %q", err, assets.Detail(err))
	}

	belongs := blob.NewMemory()
	if err := belongs.MoveMarker(t.Context(), memory.New()); err != nil {
		t.Fatal(err)
	}
	lib, _ = newProbed(t, func(cfg *assets.Config) { cfg.Blobs = belongs })
	err = lib.Check(t.Context())
	if !errors.Is(err, blob.ErrSweepRefused) || assets.Code(err) != "unavailable" || assets.Detail(err) != "the content does not belong to this database" {
		t.Errorf("another store's bucket: %v: %q", err, assets.Detail(err))
	}
}

// TestCheckOfAClientThatLeaves: the check goes on, and is that of the next client.
func TestCheckOfAClientThatLeaves(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"ready": false, "not ready": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				lib, s := newProbed(t, func(cfg *assets.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				s.wait = make(chan struct{})
				if fails {
					s.fails.Store(new(errors.New("no space")))
				}
				ctx, cancel := context.WithCancel(t.Context())
				left := make(chan error, 1)
				go func() { left <- lib.Check(ctx) }()
				synctest.Wait()
				waiting, stop := context.WithCancel(t.Context())
				stop()
				if err := lib.Check(waiting); !errors.Is(err, assets.ErrUnavailable) {
					t.Errorf("a client that does not wait: %v", err)
				}
				cancel()
				if err := <-left; !errors.Is(err, assets.ErrUnavailable) {
					t.Error(err)
				}
				close(s.wait)
				if err := lib.Check(t.Context()); fails != (err != nil) || s.checks.Load() != 1 {
					t.Errorf("%v after %d checks, want 1", err, s.checks.Load())
				}
				if logged := strings.Contains(log.String(), "not ready"); logged != fails {
					t.Errorf("the log is %q", log.String())
				}
			})
		})
	}
}

// TestCheckEnds: after 5 s, however long the back end takes.
func TestCheckEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lib, s := newProbed(t, nil)
		s.wait = make(chan struct{})
		began := time.Now()
		if err := lib.Check(t.Context()); !errors.Is(err, assets.ErrUnavailable) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// TestCheckLogsChanges: of the result, and no more.
func TestCheckLogsChanges(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	lib, s := newProbed(t, func(cfg *assets.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for _, fails := range []bool{false, true, true, false} {
		s.fails.Store(nil)
		if fails {
			s.fails.Store(new(errors.New("no space")))
		}
		for before := s.checks.Load(); s.checks.Load() == before; {
			if err := lib.Check(t.Context()); s.checks.Load() > before && fails != (err != nil) {
				t.Errorf("%t: %v", fails, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "not ready") || !strings.Contains(got, "ready again") {
		t.Errorf("the log is\n%s", got)
	}
}
