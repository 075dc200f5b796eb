package assetstest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

// injected returns an Injector around back ends in memory.
func injected() *assetstest.Injector { return assetstest.FailAt(memory.New(), blob.NewMemory()) }

func TestInjectorRecordsSteps(t *testing.T) {
	t.Parallel()
	in := injected()
	if _, err := in.Store.Asset(t.Context(), "w", "x"); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("before it is armed: %v", err)
	}
	ctx := in.Arm(t.Context(), 0, assetstest.Fails)
	for range 2 {
		if _, err := in.Store.Asset(ctx, "w", "x"); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("with step 0: %v", err)
		}
	}
	steps, struck := in.Disarm()
	if want := []string{"store.Asset", "store.Asset"}; !slices.Equal(steps, want) || struck != "" {
		t.Errorf("steps %q, struck %q; want %q and none", steps, struck, want)
	}
	if ctx.Err() == nil {
		t.Error("the context goes on after Disarm")
	}
	if _, err := in.Store.Asset(t.Context(), "w", "x"); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("after it was disarmed: %v", err)
	}
}

func TestInjectorCausesTheFaultAtItsStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault    assetstest.Fault
		wantCode string
		later    bool // whether the step after it fails too
	}{
		{assetstest.Fails, "unavailable", false},
		{assetstest.Breaks, "internal_error", false},
		{assetstest.Fails | assetstest.StaysDown, "unavailable", true},
	} {
		in := injected()
		ctx := in.Arm(t.Context(), 2, c.fault)
		read := func() error {
			_, err := in.Store.Asset(ctx, "w", "x")
			return err
		}
		first, second, third := read(), read(), read()
		if _, struck := in.Disarm(); struck != "store.Asset" {
			t.Errorf("%v: struck %q", c.fault, struck)
		}
		if !errors.Is(first, assets.ErrNotFound) {
			t.Errorf("%v: the first step: %v, want ErrNotFound", c.fault, first)
		}
		if !errors.Is(second, assetstest.ErrInjected) || assets.Code(second) != c.wantCode {
			t.Errorf("%v: the second step: %v, want ErrInjected with code %s", c.fault, second, c.wantCode)
		}
		if errors.Is(third, assetstest.ErrInjected) != c.later {
			t.Errorf("%v: the third step: %v, want it to fail: %t", c.fault, third, c.later)
		}
	}
}

func TestInjectorPanics(t *testing.T) {
	t.Parallel()
	in := injected()
	ctx := in.Arm(t.Context(), 1, assetstest.Panics)
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, assetstest.ErrInjected) {
			t.Errorf("recovered %v, want ErrInjected", err)
		}
	}()
	_, _ = in.Store.Asset(ctx, "w", "x")
	t.Error("the step does not panic")
}

func TestInjectorCancels(t *testing.T) {
	t.Parallel()
	in := injected()
	ctx := in.Arm(t.Context(), 1, assetstest.Cancels)
	if _, err := in.Store.Asset(ctx, "w", "x"); !errors.Is(ctx.Err(), context.Canceled) || err == nil {
		t.Errorf("the step: %v, its context: %v", err, ctx.Err())
	}
}

func TestFaultStrikes(t *testing.T) {
	t.Parallel()
	steps := []string{"store.Asset", "blobs.Put", "tx.commit", "tx.committed"}
	for fault, want := range map[assetstest.Fault][]string{
		assetstest.Fails:                             steps[:3],
		assetstest.Breaks:                            steps[:3],
		assetstest.Panics:                            steps,
		assetstest.Cancels:                           steps,
		assetstest.Shortens:                          steps[1:2],
		assetstest.Reruns:                            steps[2:3],
		assetstest.CommitLost:                        steps[2:3],
		assetstest.CommitKept | assetstest.StaysDown: steps[2:3],
	} {
		var got []string
		for _, step := range steps {
			if fault.Strikes(step) {
				got = append(got, step)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v strikes at %q, want %q", fault, got, want)
		}
	}
}

func TestFaultString(t *testing.T) {
	t.Parallel()
	for fault, want := range map[assetstest.Fault]string{
		assetstest.Fails:                             "fails",
		assetstest.CommitKept:                        "commit kept",
		assetstest.Reruns | assetstest.StaysDown:     "reruns, stays down",
		assetstest.CommitLost | assetstest.StaysDown: "commit lost, stays down",
	} {
		if got := fault.String(); got != want {
			t.Errorf("fault %d is %q, want %q", int(fault), got, want)
		}
	}
}

func TestInjectorKeepsTheJournal(t *testing.T) {
	t.Parallel()
	if _, ok := injected().Store.(assets.Journal); !ok {
		t.Error("the journal of the store is hidden")
	}
	in := assetstest.FailAt(struct{ assets.Store }{memory.New()}, blob.NewMemory())
	if _, ok := in.Store.(assets.Journal); ok {
		t.Error("a store without a journal has one")
	}
}
