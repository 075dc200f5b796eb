package admission_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/admission"
)

// TestTurnsAreFair: 40 works of one owner wait before the first of another one, which
// begins after at most one of those that wait, and at once if more than one may run.
func TestTurnsAreFairHOS06(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 4} {
		synctest.Test(t, func(t *testing.T) {
			turns := admission.NewTurns(time.Hour)
			var works sync.WaitGroup
			run := func(owner string) time.Duration {
				began := time.Now()
				release, err := turns.Acquire(t.Context(), owner, limit)
				if err != nil {
					t.Error(err)
					return 0
				}
				waited := time.Since(began)
				time.Sleep(time.Second)
				release()
				return waited
			}
			for range 40 {
				works.Go(func() { run("many") })
			}
			synctest.Wait()
			time.Sleep(time.Millisecond)
			waited := run("one")
			works.Wait()
			if limit > 1 && waited > 0 || waited > 2*time.Second {
				t.Errorf("limit %d: waited %v", limit, waited)
			}
		})
	}
}

func TestTurnsGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := admission.NewTurns(10 * time.Second)
		release, err := turns.Acquire(t.Context(), "a", 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, owner := range []string{"a", "b"} {
			began := time.Now()
			if _, err := turns.Acquire(t.Context(), owner, 1); !errors.Is(err, admission.ErrBusy) || time.Since(began) != 10*time.Second {
				t.Errorf("%s: %v after %v", owner, err, time.Since(began))
			}
		}
		gone := errors.New("the client is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(gone) })
		for range 2 { // while it waits, and before
			if _, err := turns.Acquire(ctx, "b", 1); !errors.Is(err, gone) {
				t.Errorf("%v", err)
			}
		}
		release()
		release() // has no effect
		for _, owner := range []string{"a", "b"} {
			if release, err = turns.Acquire(t.Context(), owner, 2); err != nil {
				t.Fatal(owner, err)
			}
			defer release()
		}
		if _, err := turns.Acquire(t.Context(), "c", 2); !errors.Is(err, admission.ErrBusy) {
			t.Errorf("a third: %v", err)
		}
	})
}

// TestTurnsAtRandom: whatever owners do, no more works run than may, and all of them
// run or give up.
func TestTurnsAtRandom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(r, "limit")
		owners := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 30).Draw(r, "owners")
		lasts := rapid.SliceOfN(rapid.IntRange(1, 9), len(owners), len(owners)).Draw(r, "lasts")
		synctest.Test(t, func(t *testing.T) {
			turns := admission.NewTurns(10 * time.Second)
			var mu sync.Mutex
			running := []string{}
			var works sync.WaitGroup
			for i, owner := range owners {
				works.Go(func() {
					release, err := turns.Acquire(t.Context(), owner, limit)
					if err != nil {
						return
					}
					mu.Lock()
					running = append(running, owner)
					own := len(slices.DeleteFunc(slices.Clone(running), func(o string) bool { return o != owner }))
					if len(running) > limit || own > max(1, limit-1) {
						t.Errorf("limit %d: %v run", limit, running)
					}
					mu.Unlock()
					time.Sleep(time.Duration(lasts[i]) * time.Second)
					mu.Lock()
					running = slices.Delete(running, slices.Index(running, owner), slices.Index(running, owner)+1)
					mu.Unlock()
					release()
				})
			}
			works.Wait()
			if release, err := turns.Acquire(t.Context(), "z", limit); err != nil {
				t.Error(err)
			} else {
				release()
			}
		})
	})
}
