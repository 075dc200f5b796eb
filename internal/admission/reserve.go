package admission

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The shares of the memory that results may hold: what was read for a client half of it,
// and what work makes, or is expected to make, another eighth. Neither is kept waiting by
// the other, and work always finds the rest without waiting for a reader.
const (
	readShare = 2
	madeShare = 8
)

// Reservation is memory that holds a result until its reader has taken it. It has no
// worker.
type Reservation struct {
	gate   *Gate
	wanted func()
	share  *Reservation // of Gate.made; nil: the result was not made by work

	// Under the lock of the gate.
	bytes   int64
	settled time.Time // zero until Settle
	asked   bool      // wanted was called
}

// Reserve waits until so many bytes are free for a result and reserves them until
// Release. All that are reserved so have half of the memory at most, and a request for
// more than that is reduced to it. They are admitted in the order of arrival.
//
// A reader may be slow. When other work waits for memory, wanted is called once for
// reservations that were settled three quarters of the longest wait ago, the first
// admitted first, until they make enough room. Their holders should then release them.
// wanted must not block; it may be nil.
//
// Reserve returns ErrBusy if it has waited too long, or the cause of the end of ctx.
func (g *Gate) Reserve(ctx context.Context, bytes int64, wanted func()) (*Reservation, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w := &waiter{bytes: min(max(bytes, 0), g.forResults), result: true, admitted: make(chan struct{})}
	g.enqueue(w)
	if err := g.wait(ctx, w); err != nil {
		return nil, err
	}
	r := &Reservation{gate: g, wanted: wanted, bytes: w.bytes}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reservations = append(g.reservations, r)
	return r, nil
}

// AcquireResult is [Gate.Acquire] for work that makes a result for a reader, of at most
// result bytes, which are among those of the work. finish, which must be called once,
// ends the work. kept bytes of its memory are reserved from then on until Release; wanted
// is as that of Reserve.
//
// Results that are made, or were and are held, have an eighth of the memory at most. Work
// waits for that share first, and holds nothing else while it does, so that slow readers
// of such results keep only such work waiting.
func (g *Gate) AcquireResult(ctx context.Context, bytes, result int64, wanted func()) (finish func(kept int64) *Reservation, err error) {
	if bytes > g.memory {
		return nil, ErrTooLarge
	}
	if wanted != nil {
		wanted = sync.OnceFunc(wanted) // for the share, or for the memory
	}
	began := time.Now()
	share, err := g.made.Reserve(ctx, result, wanted)
	if err != nil {
		return nil, err
	}
	w := &waiter{bytes: bytes, makes: true, patience: max(g.maxWait-time.Since(began), 1)}
	if err := g.acquire(ctx, w); err != nil {
		share.Release()
		return nil, err
	}
	return func(kept int64) *Reservation {
		r := &Reservation{gate: g, wanted: wanted, share: share, bytes: min(max(kept, 0), w.bytes), settled: time.Now()}
		g.mu.Lock()
		g.reservations = append(g.reservations, r)
		g.mu.Unlock()
		g.release(w, r.bytes)
		share.Settle(kept)
		return r
	}, nil
}

// Settle gives back what is above bytes. It is called when the result is complete and
// its reader can have it.
func (r *Reservation) Settle(bytes int64) {
	r.gate.mu.Lock()
	defer r.gate.mu.Unlock()
	r.settled = time.Now()
	r.shrink(max(bytes, 0))
}

// Release gives everything back. Calls after the first have no effect.
func (r *Reservation) Release() {
	if r.share != nil {
		r.share.Release()
	}
	r.gate.mu.Lock()
	defer r.gate.mu.Unlock()
	r.gate.reservations = slices.DeleteFunc(r.gate.reservations, func(other *Reservation) bool { return other == r })
	r.shrink(0)
}

func (r *Reservation) shrink(bytes int64) {
	if back := r.bytes - bytes; back > 0 {
		r.bytes = bytes
		r.gate.used -= back
		if r.share == nil {
			r.gate.results -= back
		}
		r.gate.admit()
	}
}

// relieve asks the holders of results to make room for w, as Reserve describes. It
// returns when to call it again.
func (g *Gate) relieve(w *waiter) time.Duration {
	asked, again := g.askFor(w)
	for _, r := range asked {
		if r.wanted != nil {
			r.wanted()
		}
	}
	return again
}

// askFor marks the reservations that must make room for w and returns them: those of the
// share that w waits for come first.
func (g *Gate) askFor(w *waiter) (asked []*Reservation, again time.Duration) {
	overdue := g.maxWait * 3 / 4
	again = g.maxWait / 8 // one may be settled meanwhile
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(*g.queue(w), w) {
		return nil, again // admitted meanwhile
	}
	missing := g.missing(w)
	for _, r := range g.reservations {
		if r.asked {
			missing.less(r)
		}
	}
	for _, helps := range []func(*Reservation) bool{missing.ofResults, missing.ofMemory} {
		for _, r := range g.reservations {
			if r.asked || r.settled.IsZero() || !helps(r) {
				continue
			}
			if age := time.Since(r.settled); age < overdue {
				again = min(again, overdue-age)
				continue
			}
			r.asked = true
			asked = append(asked, r)
			missing.less(r)
		}
	}
	return asked, again
}

// shortage is what is missing for a waiter: memory, and of the share of results that are
// read.
type shortage struct{ memory, results int64 }

func (g *Gate) missing(w *waiter) shortage {
	s := shortage{memory: w.bytes - (g.memory - g.used)}
	if w.result {
		s.results = w.bytes - (g.forResults - g.results)
	}
	return s
}

func (s *shortage) less(r *Reservation) {
	s.memory -= r.bytes
	if r.share == nil {
		s.results -= r.bytes
	}
}

// ofResults and ofMemory report whether a reservation has some of what is missing.
func (s *shortage) ofResults(r *Reservation) bool { return s.results > 0 && r.share == nil }
func (s *shortage) ofMemory(*Reservation) bool    { return s.memory > 0 }
