package assetstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/10ex/assets"
)

// Fault is an error, panic or loss that an [Injector] causes at a step.
type Fault int

// The faults. CommitLost, CommitKept and Reruns apply to commits only, Shortens
// to Put only; every other fault applies to any step.
const (
	// Fails: the step returns an error that wraps assets.ErrUnavailable. A
	// commit that fails so was rolled back.
	Fails Fault = iota
	// Breaks: the step returns an error of the back end, whose text must not
	// reach a caller.
	Breaks
	// Panics: the step panics with [ErrInjected].
	Panics
	// Cancels: the context of the call ends immediately before the step.
	Cancels
	// Shortens: Put succeeds but stores only the first half.
	Shortens
	// Reruns: the transaction is rolled back as by a serialization failure, and
	// its function runs again.
	Reruns
	// CommitLost: the transaction was rolled back, and Update returns an error
	// that wraps assets.ErrOutcomeUnknown.
	CommitLost
	// CommitKept: the transaction was committed, and Update returns an error
	// that wraps assets.ErrOutcomeUnknown.
	CommitKept

	// StaysDown, added to another fault, makes every later step of the
	// store fail as well, until Disarm.
	StaysDown Fault = 1 << 8
)

// String returns the name of the fault.
func (f Fault) String() string {
	names := [...]string{"fails", "breaks", "panics", "cancels", "shortens", "reruns", "commit lost", "commit kept"}
	name := names[f&^StaysDown]
	if f&StaysDown != 0 {
		name += ", stays down"
	}
	return name
}

// The steps whose names are not a method's.
const (
	stepBegin     = "tx.begin"
	stepCommit    = "tx.commit"
	stepCommitted = "tx.committed" // after a commit that succeeded
	stepPut       = "blobs.Put"
	stepPutByte   = "blobs.Put at a byte"
	stepPutDone   = "blobs.Put after storing"
)

// Strikes reports whether the fault applies to a step of that name.
func (f Fault) Strikes(step string) bool {
	switch f &^ StaysDown {
	case Panics, Cancels:
		return true
	case Shortens:
		return step == stepPut
	case Reruns, CommitLost, CommitKept:
		return step == stepCommit
	}
	return step != stepCommitted
}

// ErrInjected is wrapped by every error and panic value that an [Injector]
// causes. Its text is an example of what must not reach a caller: SQL and a
// path.
var ErrInjected = errors.New("SELECT secret FROM /var/lib/leak: injected")

// Injector causes a fault at one step of a call. A step is a call of a method of
// Store, Reader, Catalog, Uploads, Contents, Tx or Blobs, the begin or commit of a
// transaction, or the read of a piece of content by Put or from Open. Only one
// call at a time can be tested. While it is not armed, an Injector changes
// nothing.
type Injector struct {
	Store assets.Store // the wrapped store; also an assets.Journal, and assets.Contents, when the store is one
	Blobs assets.Blobs // the wrapped blobs

	mu     sync.Mutex
	fault  Fault
	at     int // 0: disarmed
	steps  []string
	struck string
	cancel context.CancelFunc
}

// FailAt returns an Injector around the back ends of a Library under test.
func FailAt(store assets.Store, blobs assets.Blobs) *Injector {
	in := new(Injector)
	in.Store = &faultyStore{newFaultySnapshot(in, "store", store), store}
	journal, hasJournal := store.(assets.Journal)
	contents, hasContents := store.(assets.Contents)
	switch faulty := in.Store; {
	case hasJournal && hasContents:
		in.Store = struct {
			assets.Store
			assets.Journal
			assets.Contents
		}{faulty, journal, &faultyContents{in, contents}}
	case hasJournal:
		in.Store = struct {
			assets.Store
			assets.Journal
		}{faulty, journal}
	case hasContents:
		in.Store = struct {
			assets.Store
			assets.Contents
		}{faulty, &faultyContents{in, contents}}
	}
	in.Blobs = &faultyBlobs{in, blobs}
	return in
}

// Arm causes f at step n of the next call, counted from 1; with n = 0 the steps
// are only recorded. It returns the context to use for the call, which ends at
// Disarm.
func (in *Injector) Arm(ctx context.Context, n int, f Fault) context.Context {
	in.mu.Lock()
	defer in.mu.Unlock()
	ctx, in.cancel = context.WithCancel(ctx)
	in.fault, in.at, in.steps, in.struck = f, n, nil, ""
	return ctx
}

// Disarm ends the fault. It returns the names of all steps since Arm, and the
// name of the step at which the fault was caused: "" if there was no step n or
// the fault does not apply to it.
func (in *Injector) Disarm() (steps []string, struck string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.cancel != nil {
		in.cancel()
	}
	in.at, in.cancel = 0, nil
	return in.steps, in.struck
}

// step records a step and returns the fault to cause there, if any.
func (in *Injector) step(name string) (Fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.cancel == nil {
		return 0, false
	}
	in.steps = append(in.steps, name)
	if in.struck != "" && in.fault&StaysDown != 0 && !strings.HasPrefix(name, "blobs.") {
		return Fails, true
	}
	if len(in.steps) != in.at || !in.fault.Strikes(name) {
		return 0, false
	}
	in.struck = name
	if in.fault == Cancels {
		in.cancel()
	}
	return in.fault &^ StaysDown, true
}

// strike records a step. It returns an error or panics if the fault at this step
// does so.
func (in *Injector) strike(name string) error {
	f, ok := in.step(name)
	if !ok {
		return nil
	}
	return injected(f, name)
}

// injected returns the error of a fault at a step, or panics.
func injected(f Fault, name string) error {
	switch f {
	case Fails:
		return fmt.Errorf("%s: %w: %w", name, assets.ErrUnavailable, ErrInjected)
	case Breaks:
		return fmt.Errorf("%s: %w", name, ErrInjected)
	case Panics:
		panic(fmt.Errorf("%s: %w", name, ErrInjected))
	}
	return nil
}
