package assetstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/10ex/assets"
)

// Fault is what goes wrong at a step.
type Fault int

// The faults. Those that name a commit strike only there, Shortens only at
// Put; every other one strikes at any step.
const (
	// Fails: the step answers an error that wraps assets.ErrUnavailable. A
	// commit that fails so has surely not happened.
	Fails Fault = iota
	// Breaks: the step answers an error of the back end's own, whose text no
	// caller may ever see.
	Breaks
	// Panics: the step panics with [ErrInjected].
	Panics
	// Cancels: the call's context ends just before the step is carried out.
	Cancels
	// Shortens: Put answers success but stored only the first half.
	Shortens
	// Reruns: the transaction is undone as by a serialization failure, and
	// its function runs again.
	Reruns
	// CommitLost: the transaction was rolled back, and the answer is that
	// nobody knows.
	CommitLost
	// CommitKept: the transaction was committed, and the answer is that
	// nobody knows.
	CommitKept

	// StaysDown, added to another fault, makes every later step of the
	// store fail as well, until Disarm.
	StaysDown Fault = 1 << 8
)

// String names the fault.
func (f Fault) String() string {
	names := [...]string{"fails", "breaks", "panics", "cancels", "shortens", "reruns", "commit lost", "commit kept"}
	name := names[f&^StaysDown]
	if f&StaysDown != 0 {
		name += ", stays down"
	}
	return name
}

// The steps that are not named after a method alone.
const (
	stepBegin     = "tx.begin"
	stepCommit    = "tx.commit"
	stepCommitted = "tx.committed" // the rows are there; the way back goes wrong
	stepPut       = "blobs.Put"
	stepPutByte   = "blobs.Put at a byte"
	stepPutDone   = "blobs.Put after storing"
)

// Strikes says whether the fault can go wrong at a step of that name.
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

// ErrInjected is in every error and panic that an [Injector] causes. Its text
// stands for what must not leak: SQL, paths, hosts.
var ErrInjected = errors.New("SELECT secret FROM /var/lib/leak: injected")

// Injector makes one step of a call go wrong. A step is a method of Store,
// Reader, Catalog, Tx or Blobs, the begin or commit of a transaction, or a piece of
// content going through Put or Open. One call at a time may be
// under test; disarmed, everything passes.
type Injector struct {
	Store assets.Store // the wrapped store; also an assets.Journal when the store is one
	Blobs assets.Blobs // the wrapped blobs

	mu     sync.Mutex
	fault  Fault
	at     int // 0: disarmed
	steps  []string
	struck string
	cancel context.CancelFunc
}

// FailAt wraps the back ends of a Library under test.
func FailAt(store assets.Store, blobs assets.Blobs) *Injector {
	in := new(Injector)
	in.Store = &faultyStore{newFaultySnapshot(in, "store", store), store}
	if journal, ok := store.(assets.Journal); ok {
		in.Store = struct {
			assets.Store
			assets.Journal
		}{in.Store, journal}
	}
	in.Blobs = &faultyBlobs{in, blobs}
	return in
}

// Arm sets step n (from 1; 0: none) to go wrong and answers the context to call
// with; Disarm releases it.
func (in *Injector) Arm(ctx context.Context, n int, f Fault) context.Context {
	in.mu.Lock()
	defer in.mu.Unlock()
	ctx, in.cancel = context.WithCancel(ctx)
	in.fault, in.at, in.steps, in.struck = f, n, nil, ""
	return ctx
}

// Disarm ends the fault. It answers the names of the steps that there were,
// and the one that was struck: "" when there was no step n, or the fault does
// not strike there.
func (in *Injector) Disarm() (steps []string, struck string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.cancel != nil {
		in.cancel()
	}
	in.at, in.cancel = 0, nil
	return in.steps, in.struck
}

// step counts a step and answers the fault that strikes there, if any.
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

// strike is a plain step: it fails, panics, or goes on, perhaps with an ended
// context.
func (in *Injector) strike(name string) error {
	f, ok := in.step(name)
	if !ok {
		return nil
	}
	return injected(f, name)
}

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
