package admission_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets/internal/admission"
)

// reserve reserves memory that must be free.
func reserve(t *testing.T, g *admission.Gate, bytes int64, wanted func()) *admission.Reservation {
	t.Helper()
	r, err := g.Reserve(t.Context(), bytes, wanted)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestResultsHaveHalf: results hold half of the memory at most, and work has the rest.
func TestResultsHaveHalfHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 1, 10*time.Second)
		first, second := reserve(t, g, 30, nil), reserve(t, g, 20, nil)
		start := time.Now()
		if _, err := g.Reserve(t.Context(), 1, nil); !errors.Is(err, admission.ErrBusy) || time.Since(start) != 10*time.Second {
			t.Errorf("beyond half: %v after %v", err, time.Since(start))
		}
		acquire(t, g, 50)()
		first.Settle(10)
		third := reserve(t, g, 20, nil)
		first.Release()
		first.Release()
		reserve(t, g, 10, nil).Release()
		second.Release()
		third.Release()
		whole := reserve(t, g, 1<<40, nil) // reduced to half
		acquire(t, g, 50)()
		whole.Release()
		acquire(t, g, 100)()
	})
}

// TestResultsNeedNoWorker: results are admitted while all workers are busy, and do not
// take one.
func TestResultsNeedNoWorkerHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 1, time.Second)
		release := acquire(t, g, 1)
		for range 20 {
			reserve(t, g, 1, nil)
		}
		release()
		acquire(t, g, 1)()
	})
}

// TestReserveGivesUp: who hangs up while it waits holds nothing.
func TestReserveGivesUpHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 1, time.Hour)
		first := reserve(t, g, 50, nil)
		gone := errors.New("the client is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(gone) })
		if _, err := g.Reserve(ctx, 50, nil); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
		if _, err := g.Reserve(ctx, 1, nil); !errors.Is(err, gone) {
			t.Errorf("a context that had ended: %v", err)
		}
		first.Release()
		reserve(t, g, 50, nil).Release()
	})
}

// TestSlowReadersMakeRoom: results that were held for three quarters of the longest
// wait are asked for, the oldest first, as many as are needed, and only when others
// wait.
func TestSlowReadersMakeRoomHOS05(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(context.Context, *admission.Gate) error{
		"for a result": func(ctx context.Context, g *admission.Gate) error {
			r, err := g.Reserve(ctx, 15, nil)
			if err == nil {
				r.Release()
			}
			return err
		},
		"for heavy work": func(ctx context.Context, g *admission.Gate) error {
			release, err := g.Acquire(ctx, 65)
			if err == nil {
				release()
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := admission.New(100, 2, 10*time.Second)
				var asked atomic.Int32
				slow := make([]*admission.Reservation, 5)
				for i := range slow {
					slow[i] = reserve(t, g, 10, func() {
						if int(asked.Add(1)) != i+1 {
							t.Errorf("reservation %d was asked out of order", i)
						}
						go slow[i].Release()
					})
				}
				for _, r := range slow {
					r.Settle(10)
				}
				reading := reserve(t, g, 0, func() { t.Error("asked while it is read") })
				defer reading.Release()
				time.Sleep(time.Hour)
				if asked.Load() > 0 {
					t.Error("asked though nobody waits")
				}
				start := time.Now()
				if err := wait(t.Context(), g); err != nil || time.Since(start) != 0 {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				if asked.Load() != 2 {
					t.Errorf("%d were asked, want 2", asked.Load())
				}
			})
		})
	}
}

// TestReadersHaveTime: a result that was just reserved is not asked for at once.
func TestReadersHaveTimeHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 1, 8*time.Second)
		var r *admission.Reservation
		r = reserve(t, g, 50, func() { go r.Release() })
		time.Sleep(time.Hour) // it is being read
		r.Settle(50)
		start := time.Now()
		second := reserve(t, g, 50, nil)
		if waited := time.Since(start); waited != 6*time.Second {
			t.Errorf("waited %v, want three quarters of the longest wait", waited)
		}
		second.Release()
	})
}

// TestSlowReadersDoNotStarveWork: while hundreds of readers never take their results,
// work of every size is admitted again and again.
func TestSlowReadersDoNotStarveWorkHOS05(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]func(ctx context.Context, g *admission.Gate, wanted func()) (*admission.Reservation, error){
		"read": func(ctx context.Context, g *admission.Gate, wanted func()) (*admission.Reservation, error) {
			r, err := g.Reserve(ctx, 40, wanted)
			if err == nil {
				r.Settle(40)
			}
			return r, err
		},
		"made": func(ctx context.Context, g *admission.Gate, wanted func()) (*admission.Reservation, error) {
			finish, err := g.AcquireResult(ctx, 100, 50, wanted)
			if err != nil {
				return nil, err
			}
			return finish(40), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := admission.New(1000, 4, 10*time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				var readers sync.WaitGroup
				for range 200 {
					readers.Go(func() {
						for ctx.Err() == nil {
							asked := make(chan struct{})
							r, err := result(ctx, g, func() { close(asked) })
							if err != nil {
								continue
							}
							select {
							case <-asked:
							case <-ctx.Done():
							}
							r.Release()
						}
					})
				}
				time.Sleep(time.Minute)
				for _, bytes := range []int64{1, 100, 400, 1000} {
					for range 10 {
						acquire(t, g, bytes)()
						time.Sleep(time.Second)
					}
				}
				cancel()
				readers.Wait()
				acquire(t, g, 1000)()
			})
		})
	}
}

// TestMadeResultsStayReserved: what work has made stays reserved without a gap, without a
// worker, and no more of it than the work had.
func TestMadeResultsStayReservedHOS05(t *testing.T) {
	t.Parallel()
	g := admission.New(100, 1, time.Hour)
	check := func(reserved int64, running int) {
		t.Helper()
		if r, n, _ := g.Stats(); r != reserved || n != running {
			t.Errorf("%d bytes and %d workers, want %d and %d", r, n, reserved, running)
		}
	}
	finish := acquireResult(t, g, 90, 12)
	check(90, 1)
	first := finish(8)
	check(8, 0)
	second := acquireResult(t, g, 80, 4)(4)
	check(12, 0)
	read := reserve(t, g, 50, nil) // the half of results that are read is all free
	acquireResult(t, g, 38, 0)(0).Release()
	read.Release()
	first.Release()
	first.Release()
	check(4, 0)
	second.Release()
	acquireResult(t, g, 100, 12)(200).Release()
	check(0, 0)
	acquireResult(t, g, 100, 12)(0).Release()
	if _, err := g.AcquireResult(t.Context(), 101, 1, nil); !errors.Is(err, admission.ErrTooLarge) {
		t.Errorf("more than all: %v", err)
	}
	acquireResult(t, g, 1, 12)(0).Release()
}

// acquireResult admits a work that makes a result and must fit.
func acquireResult(t *testing.T, g *admission.Gate, bytes, result int64) (finish func(int64) *admission.Reservation) {
	t.Helper()
	finish, err := g.AcquireResult(t.Context(), bytes, result, nil)
	if err != nil {
		t.Fatal(err)
	}
	return finish
}

// TestMadeResultsHaveAnEighth: results that are made, or were and are held, have an eighth
// of the memory. Who waits for it holds nothing and keeps nobody else waiting, and is not
// asked to end: only a reader is, who has had time.
func TestMadeResultsHaveAnEighthHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(200, 8, 8*time.Second)
		making := acquireResult(t, g, 15, 15)
		var sent *admission.Reservation
		finish, err := g.AcquireResult(t.Context(), 10, 10, func() { go sent.Release() })
		if err != nil {
			t.Fatal(err)
		}
		sent = finish(10)
		began := time.Now()
		var waiting sync.WaitGroup
		for range 10 {
			waiting.Go(func() {
				finish, err := g.AcquireResult(t.Context(), 12, 10, func() { t.Error("it was asked to end while it waited") })
				if err != nil {
					t.Error(err)
					return
				}
				finish(0).Release()
			})
		}
		synctest.Wait()
		if reserved, running, n := g.Stats(); reserved != 25 || running != 1 || n != 10 {
			t.Errorf("%d bytes are reserved, %d run, %d wait", reserved, running, n)
		}
		if _, err := g.AcquireResult(t.Context(), 201, 10, nil); !errors.Is(err, admission.ErrTooLarge) {
			t.Errorf("more than all: %v", err)
		}
		read := reserve(t, g, 100, nil)
		acquire(t, g, 75)() // light, heavy and results are admitted at once
		acquire(t, g, 1)()
		read.Release()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("others waited %v", waited)
		}
		waiting.Wait()
		if waited := time.Since(began); waited != 6*time.Second {
			t.Errorf("they waited %v", waited)
		}
		making(0).Release()
	})
}

// TestMadeResultsKeepNoReaderWaiting: however many results are made for slow readers, one
// that is read gets its half at once. A slow reader of what was made is not asked to end for
// one that waits for those of what was read.
func TestMadeResultsKeepNoReaderWaitingHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(800, 4, 8*time.Second)
		var asked atomic.Int32
		for range 10 {
			finish, err := g.AcquireResult(t.Context(), 20, 10, func() { asked.Add(1) })
			if err != nil {
				t.Fatal(err)
			}
			finish(10)
		}
		whole := reserve(t, g, 400, nil)
		whole.Settle(400)
		time.Sleep(time.Hour)
		time.AfterFunc(time.Second, whole.Release)
		reserve(t, g, 400, nil).Release()
		if asked.Load() > 0 {
			t.Errorf("%d readers were asked to end, which makes no room", asked.Load())
		}
	})
}

// TestMakersWaitOnce: the wait for the share and that for the memory are one.
func TestMakersWaitOnceHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(800, 1, 8*time.Second)
		release := acquire(t, g, 1)
		if _, err := g.AcquireResult(t.Context(), 100, 100, nil); !errors.Is(err, admission.ErrBusy) {
			t.Fatalf("%v while no worker is free", err)
		}
		release()
		making := acquireResult(t, g, 100, 100)
		busy := make(chan func(), 1)
		time.AfterFunc(5*time.Second, func() { making(0).Release(); busy <- acquire(t, g, 1) })
		began := time.Now()
		if _, err := g.AcquireResult(t.Context(), 100, 100, nil); !errors.Is(err, admission.ErrBusy) || time.Since(began) != 8*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		(<-busy)()
	})
}

// TestLightWorkDoesNotStarveResults: while light work fills the memory and goes on coming,
// a result is admitted.
func TestLightWorkDoesNotStarveResultsHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 20, 8*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		var lights sync.WaitGroup
		for i := range 30 {
			lights.Go(func() {
				for ctx.Err() == nil {
					release, err := g.Acquire(ctx, 12)
					if err != nil {
						continue
					}
					time.Sleep(time.Duration(100+i) * time.Millisecond)
					release()
				}
			})
		}
		time.Sleep(time.Second)
		for range 10 {
			reserve(t, g, 50, nil).Release()
		}
		cancel()
		lights.Wait()
	})
}

// TestMakersPassHeavyWork: light work that makes results passes heavy work that waits for
// an eighth of the longest wait, so that those can be asked for in time. Other light work
// does not wait behind it.
func TestMakersPassHeavyWorkHOS05(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.New(100, 8, 8*time.Second)
		release := acquire(t, g, 50)
		var heavy, maker sync.WaitGroup
		heavy.Go(func() { acquire(t, g, 60)() })
		synctest.Wait()
		acquireResult(t, g, 10, 5)(0).Release()
		time.Sleep(2 * time.Second)
		began := time.Now()
		maker.Go(func() {
			acquireResult(t, g, 10, 5)(0).Release()
			if waited := time.Since(began); waited != time.Second {
				t.Errorf("it waited %v", waited)
			}
		})
		synctest.Wait()
		acquire(t, g, 10)()
		if waited := time.Since(began); waited != 0 {
			t.Errorf("light work waited %v", waited)
		}
		time.Sleep(time.Second)
		release()
		heavy.Wait()
		maker.Wait()
	})
}
