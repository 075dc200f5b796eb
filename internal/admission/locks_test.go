package admission_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets/internal/admission"
)

// TestLocksHaveOneHolder: of one key one work runs at a time, in the order in which they
// came; works of other keys do not wait.
func TestLocksHaveOneHolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		locks := admission.NewLocks()
		var works sync.WaitGroup
		var order []int
		for i := range 5 {
			works.Go(func() {
				release, err := locks.Acquire(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i) // the race detector sees two holders
				time.Sleep(time.Second)
				release()
				release() // has no effect
			})
			synctest.Wait()
		}
		began := time.Now()
		release, err := locks.Acquire(t.Context(), "b", "c")
		if waited := time.Since(began); err != nil || waited > 0 {
			t.Errorf("another key waited %v: %v", waited, err)
		}
		release()
		works.Wait()
		if !slices.Equal(order, []int{0, 1, 2, 3, 4}) {
			t.Errorf("order %v", order)
		}
	})
}

// TestLocksGiveUp: who gives up holds none of its locks.
func TestLocksGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		locks := admission.NewLocks()
		release, err := locks.Acquire(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := locks.Acquire(ctx, "a", "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := locks.Acquire(ctx, "c"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		release()
		release, err = locks.Acquire(t.Context(), "a", "b", "c")
		if err != nil {
			t.Fatal(err)
		}
		release()
	})
}

// TestLocksDoNotDeadlock has many works that hold several locks each.
func TestLocksDoNotDeadlock(t *testing.T) {
	t.Parallel()
	locks := admission.NewLocks()
	held := map[string]*int{"a": new(int), "b": new(int), "c": new(int)}
	var works sync.WaitGroup
	for _, keys := range [][]string{{"a", "b"}, {"b", "c"}, {"a", "c"}, {"a", "b", "c"}, {"b"}} {
		works.Go(func() {
			for range 200 {
				release, err := locks.Acquire(t.Context(), keys...)
				if err != nil {
					t.Error(err)
					return
				}
				for _, key := range keys {
					*held[key]++
				}
				release()
			}
		})
	}
	works.Wait()
	if *held["a"] != 600 || *held["b"] != 800 || *held["c"] != 600 {
		t.Errorf("a %d, b %d, c %d: changes were lost", *held["a"], *held["b"], *held["c"])
	}
}
