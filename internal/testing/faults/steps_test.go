package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

var everyFault = []assetstest.Fault{
	assetstest.Fails, assetstest.Breaks, assetstest.Panics, assetstest.Cancels, assetstest.Shortens, assetstest.Reruns,
	assetstest.CommitLost, assetstest.CommitKept,
	assetstest.CommitLost | assetstest.StaysDown, assetstest.CommitKept | assetstest.StaysDown,
}

// TestVolumeEveryStepFailsCRA09 makes every step of every call fail in every
// way. It is not parallel: it checks that no call leaves a goroutine or an open
// file behind.
func TestVolumeEveryStepFailsCRA09(t *testing.T) {
	for _, b := range append(backends.All(), backends.FullSync()) {
		calls, faults := libraryCalls(), everyFault
		if b.Name == backends.FullSync().Name { // only what depends on files or syncing
			calls = slices.DeleteFunc(calls, func(c libraryCall) bool { return !c.files })
			faults = []assetstest.Fault{assetstest.Fails, assetstest.Panics, assetstest.Cancels}
		}
		t.Run(b.Name, func(t *testing.T) {
			l := newFaultyLibrary(t, b.Config(t))
			l.failEachStep(t, libraryCalls()[0], assetstest.Fails) // opens what stays open
			goroutines, files := goleak.IgnoreCurrent(), openFiles(t)
			cases := 0
			for _, c := range calls {
				t.Run(c.name, func(t *testing.T) {
					for _, fault := range faults {
						cases += l.failEachStep(t, c, fault)
					}
				})
			}
			t.Logf("%d faults injected", cases)
			if err := goleak.Find(goroutines); err != nil {
				t.Error(err)
			}
			if n := l.blobs.open.Load(); n != 0 { // also if the garbage collector has closed their files
				t.Errorf("%d readers of content were never closed", n)
			}
			// A pool may open more connections, but no other file.
			now := openFiles(t)
			if diff := cmp.Diff(slices.Compact(slices.Clone(files)), slices.Compact(slices.Clone(now))); diff != "" || len(now) > len(files)+maxPooled {
				t.Errorf("%d open files, now %d (-before +after):\n%s", len(files), len(now), diff)
			}
		})
	}
}

// TestVolumeEveryStepOfSmallContentsFailsCRA09 is the same for the calls that store and read
// contents, where the store keeps them: nothing of such a call is in the bucket.
func TestVolumeEveryStepOfSmallContentsFailsCRA09(t *testing.T) {
	for _, b := range append(backends.All(), backends.FullSync()) {
		faults := everyFault
		if b.Name == backends.FullSync().Name {
			faults = []assetstest.Fault{assetstest.Fails, assetstest.Panics, assetstest.Cancels}
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			cfg := b.Config(t)
			cfg.SmallContents = assets.MaxSmallContents
			l := newFaultyLibrary(t, cfg)
			cases := 0
			for _, c := range append(contentCalls(), readCalls()...) {
				t.Run(c.name, func(t *testing.T) {
					for _, fault := range faults {
						cases += l.failEachStep(t, c, fault)
					}
				})
			}
			t.Logf("%d faults injected", cases)
			for key := range l.blobs.keys {
				if !fixture.IsRendition(key) {
					t.Errorf("the bucket has %s", key)
				}
			}
		})
	}
}

// maxPooled is far below the number of faults: one leak for each fault exceeds it.
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

// failEachStep makes a call once without a fault, then with the fault at each
// step where the fault is possible. It returns the number of faults injected.
func (l *faultyLibrary) failEachStep(t *testing.T, c libraryCall, fault assetstest.Fault) (injected int) {
	t.Helper()
	steps, _ := l.once(t, c, fault, 0)
	for n := 1; n <= len(steps); n++ {
		if !fault.Strikes(steps[n-1]) {
			continue
		}
		with, struck := l.once(t, c, fault, n)
		if struck {
			injected++
		} else if len(with) >= n {
			t.Fatalf("step %d was %s, and is now %s", n, steps[n-1], with[n-1])
		}
	}
	return injected
}

// once makes the call in a trial of its own with the fault at step n (0: none).
func (l *faultyLibrary) once(t *testing.T, c libraryCall, fault assetstest.Fault, n int) (steps []string, hit bool) {
	t.Helper()
	s := l.trial(t)
	if c.prepare != nil {
		if err := c.prepare(s); err != nil {
			t.Fatalf("before the fault: %v", err)
		}
	}
	before := s.readRows(t)
	panicked, err := recovered(s.Arm(t.Context(), n, fault), s, c.call)
	steps, struck := s.Disarm()
	if struck == "" {
		if err != nil || panicked != nil {
			t.Fatalf("without a fault: %v, %v", err, panicked)
		}
		return steps, false
	}
	f := faulted{trial: s, call: c, fault: fault, struck: struck, err: err, panicked: panicked}
	if problem := f.check(t, before); problem != nil {
		t.Errorf("%s at step %d, %s (result: %v; panic: %v): %v", fault, n, struck, err, panicked, problem)
	}
	return steps, true
}

// recovered makes a call and returns the panic that comes out of it, if any.
func recovered(ctx context.Context, s *trial, call func(context.Context, *trial) error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, call(ctx, s)
}

// faulted is a call into which a fault was injected.
type faulted struct {
	*trial
	call     libraryCall
	fault    assetstest.Fault
	struck   string
	err      error
	panicked any
}

func (f faulted) check(t *testing.T, before rows) error {
	t.Helper()
	if err := f.checkResult(); err != nil {
		return err
	}
	after := f.readRows(t)
	acknowledged := f.err == nil && f.panicked == nil
	untouched := reflect.DeepEqual(before, after)
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

// done checks what the call leaves. It finds a created asset also when the call
// did not return its id.
func (f faulted) done(r rows) error {
	if f.call.done == nil {
		return errors.New("a read changed something")
	}
	if f.id == "" && len(r.Current) > 0 {
		f.id = r.Current[0].ID
	}
	return f.call.done(f.trial, r)
}

// outcomeUnknown reports whether the fault leaves open whether the rows are
// written.
func (f faulted) outcomeUnknown() bool {
	return f.fault&^assetstest.StaysDown == assetstest.CommitKept || f.struck == "tx.committed"
}

// checkResult checks what the caller gets: an error of this module whose text
// has nothing internal, or the injected panic.
func (f faulted) checkResult() error {
	if f.panicked != nil {
		if err, ok := f.panicked.(error); !ok || !errors.Is(err, assetstest.ErrInjected) || f.fault != assetstest.Panics {
			return fmt.Errorf("panicked with %v", f.panicked)
		}
		return nil
	}
	code := assets.Code(f.err)
	if detail := assets.Detail(f.err); f.err != nil && (strings.Contains(detail, "secret") || strings.Contains(detail, "leak")) {
		return fmt.Errorf("the detail leaks %q", detail)
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

// again makes the same call without a fault, which must succeed.
func (f faulted) again(t *testing.T, untouched bool) error {
	t.Helper()
	f.replayed = false
	err := f.call.call(t.Context(), f.trial)
	if code := assets.Code(err); err != nil && (untouched || code != f.call.gone) {
		return fmt.Errorf("afterwards, without a fault: %w", err)
	}
	if untouched && f.replayed && f.call.done != nil {
		return errors.New("a try that failed kept the idempotency key")
	}
	if f.call.done == nil {
		return nil
	}
	return f.call.done(f.trial, f.readRows(t))
}
