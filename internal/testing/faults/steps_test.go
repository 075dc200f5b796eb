package assets_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

var everyFault = []assetstest.Fault{
	assetstest.Fails, assetstest.Breaks, assetstest.Panics, assetstest.Cancels, assetstest.Shortens, assetstest.Reruns,
	assetstest.CommitLost, assetstest.CommitKept,
	assetstest.CommitLost | assetstest.StaysDown, assetstest.CommitKept | assetstest.StaysDown,
}

// TestVolumeCRA09EveryStepOfEveryMethod makes every step of every call fail in
// every way. Not parallel: it looks for goroutines and files that a call left behind.
func TestVolumeCRA09EveryStepOfEveryMethod(t *testing.T) {
	for _, b := range append(backends(), durable()) {
		calls, faults := libraryCalls(), everyFault
		if b.name == durable().name { // only what depends on files or syncing
			calls = slices.DeleteFunc(calls, func(c libraryCall) bool { return !c.files })
			faults = []assetstest.Fault{assetstest.Fails, assetstest.Panics, assetstest.Cancels}
		}
		t.Run(b.name, func(t *testing.T) {
			st := newStage(t, b.open(t))
			st.run(t, libraryCalls()[0], assetstest.Fails) // what is opened once and kept
			goroutines, files := goleak.IgnoreCurrent(), openFiles(t)
			cases := 0
			for _, c := range calls {
				t.Run(c.name, func(t *testing.T) {
					for _, fault := range faults {
						cases += st.run(t, c, fault)
					}
				})
			}
			t.Logf("%d faults injected", cases)
			if err := goleak.Find(goroutines); err != nil {
				t.Error(err)
			}
			if n := st.blobs.open.Load(); n != 0 { // whatever the collector has closed since
				t.Errorf("%d readers of content were never closed", n)
			}
			// A pool may open some connections more, never another file.
			now := openFiles(t)
			if diff := cmp.Diff(slices.Compact(slices.Clone(files)), slices.Compact(slices.Clone(now))); diff != "" || len(now) > len(files)+maxPooled {
				t.Errorf("%d open files, now %d (-before +after):\n%s", len(files), len(now), diff)
			}
		})
	}
}

// maxPooled is far below the number of faults: a leak per fault exceeds it.
const maxPooled = 40

func openFiles(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("open files cannot be counted here")
	}
	var names []string
	for _, e := range entries {
		if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && filepath.IsAbs(name) && !strings.HasPrefix(name, "/proc/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// run makes a call once without a fault, then with the fault at each step that
// it can strike, until the call has no more, and answers how often it struck.
func (st *stage) run(t *testing.T, c libraryCall, fault assetstest.Fault) (struckAt int) {
	t.Helper()
	steps, _ := st.once(t, c, fault, 0)
	for n := 1; n <= len(steps); n++ {
		if !fault.Strikes(steps[n-1]) {
			continue
		}
		with, struck := st.once(t, c, fault, n)
		if struck {
			struckAt++
		} else if len(with) >= n {
			t.Fatalf("step %d was %s, and is now %s", n, steps[n-1], with[n-1])
		}
	}
	return struckAt
}

// once makes the call in a fresh scene with the fault at step n.
func (st *stage) once(t *testing.T, c libraryCall, fault assetstest.Fault, n int) (steps []string, hit bool) {
	t.Helper()
	s := st.scene(t)
	if c.prepare != nil {
		if err := c.prepare(s); err != nil {
			t.Fatalf("before the fault: %v", err)
		}
	}
	before := s.rows(t)
	panicked, err := guarded(s.Arm(t.Context(), n, fault), s, c.call)
	steps, struck := s.Disarm()
	if struck == "" {
		if err != nil || panicked != nil {
			t.Fatalf("without a fault: %v, %v", err, panicked)
		}
		return steps, false
	}
	f := faulted{scene: s, call: c, fault: fault, struck: struck, err: err, panicked: panicked}
	if problem := f.check(t, before); problem != nil {
		t.Errorf("%s at step %d, %s (answer: %v; panic: %v): %v", fault, n, struck, err, panicked, problem)
	}
	return steps, true
}

// guarded calls and catches a panic that comes through.
func guarded(ctx context.Context, s *scene, call func(context.Context, *scene) error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, call(ctx, s)
}

// faulted is a call after its fault.
type faulted struct {
	*scene
	call     libraryCall
	fault    assetstest.Fault
	struck   string
	err      error
	panicked any
}

func (f faulted) check(t *testing.T, before rows) error {
	t.Helper()
	if err := f.answer(); err != nil {
		return err
	}
	after := f.rows(t)
	acknowledged := f.err == nil && f.panicked == nil
	untouched := same(before, after)
	switch {
	case acknowledged && f.call.done == nil, !acknowledged && !f.outcomeUnknown():
		if !untouched {
			return fmt.Errorf("it left a trace:\n%s", cmp.Diff(before, after))
		}
	case acknowledged || !untouched:
		if err := f.done(after); err != nil {
			return fmt.Errorf("acknowledged or half done: %w", err)
		}
	}
	if acknowledged && f.call.done != nil {
		return nil
	}
	return f.again(t, untouched)
}

// done finds a created asset also when its id was never answered.
func (f faulted) done(r rows) error {
	if f.call.done == nil {
		return errors.New("a read changed something")
	}
	if f.id == "" && len(r.Current) > 0 {
		f.id = r.Current[0].ID
	}
	return f.call.done(f.scene, r)
}

// outcomeUnknown: the fault was such that the rows may be there.
func (f faulted) outcomeUnknown() bool {
	return f.fault&^assetstest.StaysDown == assetstest.CommitKept || f.struck == "tx.committed"
}

// answer judges what the caller learnt: an error of ours without anything
// internal in its text, or the very panic.
func (f faulted) answer() error {
	if f.panicked != nil {
		if err, ok := f.panicked.(error); !ok || !errors.Is(err, assetstest.ErrInjected) || f.fault != assetstest.Panics {
			return fmt.Errorf("panicked with %v", f.panicked)
		}
		return nil
	}
	code := assets.Code(f.err)
	if detail := assets.Detail(f.err); f.err != nil && (strings.Contains(detail, "secret") || strings.Contains(detail, "leak")) {
		return fmt.Errorf("the answer tells %q", detail)
	}
	var legal []string
	switch f.fault {
	case assetstest.Fails, assetstest.Cancels, assetstest.Shortens, assetstest.CommitKept, assetstest.CommitLost:
		legal = []string{"", "unavailable"}
	case assetstest.CommitLost | assetstest.StaysDown, assetstest.CommitKept | assetstest.StaysDown:
		legal = []string{"unavailable"}
	case assetstest.Breaks, assetstest.Panics:
		legal = []string{"", "unavailable", "internal_error"}
	case assetstest.Reruns:
		legal = []string{""}
	}
	if !slices.Contains(legal, code) {
		return fmt.Errorf("code %q, want one of %q", code, legal)
	}
	return nil
}

// again makes the same call without a fault: nothing is stuck.
func (f faulted) again(t *testing.T, untouched bool) error {
	t.Helper()
	f.replayed = false
	err := f.call.call(t.Context(), f.scene)
	if code := assets.Code(err); err != nil && (untouched || code != f.call.gone) {
		return fmt.Errorf("afterwards, without a fault: %w", err)
	}
	if untouched && f.replayed && f.call.done != nil {
		return errors.New("a try that failed kept the idempotency key")
	}
	if f.call.done == nil {
		return nil
	}
	return f.call.done(f.scene, f.rows(t))
}
