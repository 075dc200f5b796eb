package admission_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/admission"
)

// acquire admits a work that must fit.
func acquire(t *testing.T, g *admission.Gate, bytes int64) (release func()) {
	t.Helper()
	release, err := g.Acquire(t.Context(), bytes)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

func TestAcquireMoreThanTheBudget(t *testing.T) {
	t.Parallel()
	g := admission.New(100, 1, time.Hour)
	for bytes, want := range map[int64]error{101: admission.ErrTooLarge, 1 << 62: admission.ErrTooLarge, 100: nil, 0: nil, -5: nil} {
		release, err := g.Acquire(t.Context(), bytes)
		if !errors.Is(err, want) || (release != nil) != (err == nil) {
			t.Errorf("%d bytes: %v, want %v", bytes, err, want)
		}
		if release != nil {
			release()
		}
	}
}

// TestReleaseTwice: a second call of release gives nothing back.
func TestReleaseTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 8, time.Second)
		first := acquire(t, g, 60)
		first()
		second := acquire(t, g, 60)
		first()
		if _, err := g.Acquire(t.Context(), 60); !errors.Is(err, admission.ErrBusy) {
			t.Errorf("beside the second: %v", err)
		}
		second()
	})
}

func TestAcquireGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 2, 10*time.Second)
		release := acquire(t, g, 100)
		start := time.Now()
		if _, err := g.Acquire(t.Context(), 1); !errors.Is(err, admission.ErrBusy) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		gone := errors.New("the client is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(gone) })
		start = time.Now()
		if _, err := g.Acquire(ctx, 1); !errors.Is(err, gone) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		release()
		if _, err := g.Acquire(ctx, 1); !errors.Is(err, gone) {
			t.Errorf("a context that had ended: %v", err)
		}
		acquire(t, g, 100)() // those that gave up hold nothing
	})
}

// TestGivingUpLetsOthersIn: when the heavy work that held others back gives up, they
// are admitted at once.
func TestGivingUpLetsOthersIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(80, 30, time.Hour)
		release := acquire(t, g, 40)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = g.Acquire(ctx, 80) }()
		synctest.Wait()
		for range 16 { // as many as may pass
			acquire(t, g, 1)
		}
		late := make(chan struct{})
		go func() {
			acquire(t, g, 1)
			close(late)
		}()
		synctest.Wait()
		select {
		case <-late:
			t.Error("the 17th light work passed a heavy one")
		default:
		}
		cancel()
		<-late
		release()
	})
}

// TestLightWorkIsNotStarved: light work is admitted beside a queue of heavy work that
// takes all workers it can get.
func TestLightWorkIsNotStarved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(1000, 4, time.Hour)
		var heavy sync.WaitGroup
		for range 50 {
			heavy.Go(func() {
				release, err := g.Acquire(t.Context(), 200)
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Minute)
				release()
			})
		}
		synctest.Wait()
		start := time.Now()
		for range 10 {
			acquire(t, g, 100)()
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("light work waited %v", waited)
		}
		heavy.Wait()
	})
}

// TestHeavyWorkGetsItsTurn: work of the whole budget is admitted although light work
// keeps coming.
func TestHeavyWorkGetsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(80, 8, time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		var light sync.WaitGroup
		for range 20 {
			light.Go(func() {
				for ctx.Err() == nil {
					if release, err := g.Acquire(ctx, 10); err == nil {
						time.Sleep(time.Second)
						release()
					}
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		release := acquire(t, g, 80)
		if waited := time.Since(start); waited > 5*time.Second {
			t.Errorf("heavy work waited %v", waited)
		}
		release()
		cancel()
		light.Wait()
	})
}

// TestHeavyWorkInOrder: heavy works are admitted in the order of their arrival, also
// when a later one would fit earlier.
func TestHeavyWorkInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 8, time.Hour)
		release := acquire(t, g, 50)
		var mu sync.Mutex
		var order []int
		for i, bytes := range []int64{100, 40, 60, 100} {
			go func() {
				release, err := g.Acquire(t.Context(), bytes)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				time.Sleep(time.Second)
				release()
			}()
			synctest.Wait()
		}
		release()
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(order[1:3]) // those two run beside each other
		if !slices.Equal(order, []int{0, 1, 2, 3}) {
			t.Errorf("%v", order)
		}
	})
}

// TestBudgetHolds: whatever works come, no more than the budget is in use, each work
// is admitted, refused or gives up, and in the end all is free.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		memory, workers := rapid.Int64Range(1, 200).Draw(rt, "memory"), rapid.IntRange(1, 6).Draw(rt, "workers")
		sizes := rapid.SliceOfN(rapid.Int64Range(0, memory+memory/4), 1, 40).Draw(rt, "sizes")
		seed := rapid.Uint64().Draw(rt, "seed")
		g := admission.New(memory, workers, time.Minute)
		var used, running, admitted, refused atomic.Int64
		var wg sync.WaitGroup
		for i, bytes := range sizes {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(2000))*time.Microsecond)
				defer cancel()
				release, err := g.Acquire(ctx, bytes)
				if err != nil {
					refused.Add(1)
					return
				}
				admitted.Add(1)
				if used.Add(bytes) > memory || running.Add(1) > int64(workers) {
					rt.Errorf("%d of %d bytes, %d of %d workers", used.Load(), memory, running.Load(), workers)
				}
				time.Sleep(time.Duration(r.IntN(200)) * time.Microsecond)
				used.Add(-bytes)
				running.Add(-1)
				release()
				release()
			})
		}
		wg.Wait()
		if admitted.Load()+refused.Load() != int64(len(sizes)) {
			rt.Errorf("%d and %d of %d", admitted.Load(), refused.Load(), len(sizes))
		}
		release, err := g.Acquire(context.Background(), memory)
		if err != nil {
			rt.Fatalf("afterwards: %v", err)
		}
		release()
	})
}
