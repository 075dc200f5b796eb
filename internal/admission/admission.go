// Package admission admits expensive work: work that needs much memory or much time
// of a processor.
//
// [Turns] limits how many works run at the same time, with a fair share for each owner.
//
// A [Gate] has a budget of memory and a number of workers. No more than that is in
// use at any time; what does not fit waits, for a limited time. Callers reserve the
// memory that they will really allocate, not what an input claims about itself.
// Results that were read or made for a client hold memory without a worker until they
// are sent: see Reserve and AcquireResult.
package admission

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// The errors of Acquire, beside those of its context.
var (
	// ErrTooLarge: the work needs more memory than the Gate has. It can never be
	// admitted.
	ErrTooLarge = errors.New("admission: more than the whole budget")
	// ErrBusy: the work has waited as long as the Gate allows.
	ErrBusy = errors.New("admission: waited too long")
)

const (
	lightShare = 8  // work of at most this share of the memory is light
	maxPassed  = 16 // light works that pass the first heavy one that waits
	passShare  = 8  // results pass it for this share of the longest wait
)

// Gate admits works while their memory and their number are within a budget. It is
// safe for concurrent use.
//
// Light work, of at most an eighth of the memory, and heavy work wait in two queues,
// each in the order of arrival. Light work goes first and has one worker that heavy
// work cannot take, so a queue of heavy work does not delay it. When 16 light works
// have passed the first heavy one, or a result that waits for memory and not for readers,
// no more are admitted until that one is. Results, and light work that makes them, pass
// the first heavy work for an eighth of the longest wait.
type Gate struct {
	memory     int64
	forResults int64 // of the memory, at most, without those that work makes
	workers    int
	maxWait    time.Duration

	mu           sync.Mutex
	used         int64 // bytes
	results      int64 // bytes of used that results hold which were read
	running      int   // works
	runningHeavy int
	reservations []*Reservation // in the order of admission

	light, heavy, waiting []*waiter // waiting: for results

	made *Gate // of the memory of results that are made or were: see AcquireResult
}

// waiter is a work that waits.
type waiter struct {
	bytes    int64
	heavy    bool
	result   bool
	makes    bool          // work that makes a result
	patience time.Duration // how long it waits at most; 0: maxWait
	passed   int           // by light work, while it is the first of its queue
	first    time.Time     // since when it is that
	admitted chan struct{} // closed under the lock
}

// New returns a Gate for memory bytes and a number of workers, where work waits
// maxWait at most. All must be positive.
func New(memory int64, workers int, maxWait time.Duration) *Gate {
	if memory <= 0 || workers <= 0 || maxWait <= 0 {
		panic("admission: a limit is not positive")
	}
	made := max(memory/madeShare, 1)
	return &Gate{
		memory: memory, forResults: memory / readShare, workers: workers, maxWait: maxWait,
		made: &Gate{memory: made, forResults: made, workers: workers, maxWait: maxWait},
	}
}

// Memory returns the number of bytes that can be reserved.
func (g *Gate) Memory() int64 { return g.memory }

// Acquire waits until a worker and so many bytes are free and reserves them until
// release is called. Calls of release after the first have no effect.
//
// It returns ErrTooLarge for more than the whole budget, ErrBusy if it has waited too
// long, or the cause of the end of ctx.
func (g *Gate) Acquire(ctx context.Context, bytes int64) (release func(), err error) {
	w := &waiter{bytes: bytes}
	if err := g.acquire(ctx, w); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { g.release(w, 0) }), nil
}

// acquire is Acquire for the bytes of w.
func (g *Gate) acquire(ctx context.Context, w *waiter) error {
	w.bytes = max(w.bytes, 0)
	if w.bytes > g.memory {
		return ErrTooLarge
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w.heavy, w.admitted = w.bytes > g.memory/lightShare, make(chan struct{})
	g.enqueue(w)
	return g.wait(ctx, w)
}

// wait returns nil when w is admitted. Otherwise it removes w from its queue.
func (g *Gate) wait(ctx context.Context, w *waiter) error {
	select {
	case <-w.admitted:
		return nil
	default:
	}
	timer := time.NewTimer(cmp.Or(w.patience, g.maxWait))
	defer timer.Stop()
	relief := time.NewTimer(g.relieve(w))
	defer relief.Stop()
	var err error
	for err == nil {
		select {
		case <-w.admitted:
			return nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-timer.C:
			err = ErrBusy
		case <-relief.C:
			relief.Reset(g.relieve(w))
		}
	}
	if g.withdraw(w) {
		return err
	}
	if ctx.Err() != nil { // admitted meanwhile, for nothing
		g.release(w, 0)
		return context.Cause(ctx)
	}
	return nil
}

func (g *Gate) enqueue(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queue(w)
	*q = append(*q, w)
	g.admit()
}

func (g *Gate) queue(w *waiter) *[]*waiter {
	switch {
	case w.result:
		return &g.waiting
	case w.heavy:
		return &g.heavy
	}
	return &g.light
}

// withdraw removes w from its queue. It reports false if w was admitted before.
func (g *Gate) withdraw(w *waiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queue(w)
	i := slices.Index(*q, w)
	if i < 0 {
		return false
	}
	*q = slices.Delete(*q, i, i+1)
	g.admit()
	return true
}

// release gives back the worker of w, and its memory but kept bytes.
func (g *Gate) release(w *waiter, kept int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used -= w.bytes - kept
	switch {
	case w.result:
		g.results -= w.bytes
	case w.heavy:
		g.runningHeavy--
		fallthrough
	default:
		g.running--
	}
	g.admit()
}

// admit admits what may run now.
func (g *Gate) admit() {
	for {
		heavy, result := first(g.heavy), first(g.waiting)
		pass := heavy == nil || time.Since(heavy.first) < g.maxWait/passShare
		light := slices.IndexFunc(g.light, func(w *waiter) bool { return pass || !w.makes })
		switch {
		case light >= 0 && g.fits(g.light[light]) && !g.passedOver(heavy) && !g.passedOver(result):
			heavy.pass()
			result.pass()
			g.start(&g.light, light)
		case pass && result != nil && g.fits(result):
			g.start(&g.waiting, 0)
		case heavy != nil && g.fits(heavy):
			g.start(&g.heavy, 0)
		default:
			return
		}
	}
}

// pass counts a light work that passes w, if there is one.
func (w *waiter) pass() {
	if w != nil {
		w.passed++
	}
}

// first returns the first waiter of a queue, or nil, and notes since when it is that.
func first(q []*waiter) *waiter {
	if len(q) == 0 {
		return nil
	}
	if q[0].first.IsZero() {
		q[0].first = time.Now()
	}
	return q[0]
}

// passedOver reports whether so many light works have passed w, the first of its queue,
// that no more may. A result that waits for slow readers is passed by any number.
func (g *Gate) passedOver(w *waiter) bool {
	return w != nil && w.passed >= maxPassed && g.missing(w).results <= 0
}

// fits reports whether the memory for w and, unless it is a result, a worker are free.
func (g *Gate) fits(w *waiter) bool {
	if w.result {
		missing := g.missing(w)
		return missing.memory <= 0 && missing.results <= 0
	}
	if w.heavy && g.runningHeavy >= max(1, g.workers-1) {
		return false
	}
	return g.running < g.workers && w.bytes <= g.memory-g.used
}

// start admits a work of a queue.
func (g *Gate) start(q *[]*waiter, i int) {
	w := (*q)[i]
	*q = slices.Delete(*q, i, i+1)
	g.used += w.bytes
	switch {
	case w.result:
		g.results += w.bytes
	case w.heavy:
		g.runningHeavy++
		fallthrough
	default:
		g.running++
	}
	close(w.admitted)
}

// Stats returns the bytes that are reserved, and how many works run and wait, results
// too.
func (g *Gate) Stats() (reserved int64, running, waiting int) {
	g.mu.Lock()
	reserved, running, waiting = g.used, g.running, len(g.light)+len(g.heavy)+len(g.waiting)
	g.mu.Unlock()
	if g.made != nil {
		_, _, makers := g.made.Stats()
		waiting += makers
	}
	return reserved, running, waiting
}
