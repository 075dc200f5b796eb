package admission

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Turns limits how many works run at the same time and shares the turns fairly among
// owners, such as workspaces. It is safe for concurrent use.
//
// Owners that wait take turns, one work of each at a time, however many works one of
// them has waiting. If more than one work may run, no owner has all the turns, so
// that the first work of another one does not wait.
type Turns struct {
	maxWait time.Duration

	mu      sync.Mutex
	limit   int            // that the last call has given
	running map[string]int // works of each owner
	total   int            // works of all owners
	waiting map[string][]*turn
	order   []string // the owners that wait; the first is the next
}

// turn is a work that waits.
type turn struct {
	owner string
	began chan struct{} // closed under the lock
}

// NewTurns returns Turns where work waits maxWait at most.
func NewTurns(maxWait time.Duration) *Turns {
	return &Turns{maxWait: maxWait, running: map[string]int{}, waiting: map[string][]*turn{}}
}

// Acquire waits until a work of an owner may run, and holds its turn until release is
// called. Calls of release after the first have no effect. limit is the number of
// works that may run at present, at least 1.
//
// It returns ErrBusy if the work has waited too long, or the cause of the end of ctx.
func (t *Turns) Acquire(ctx context.Context, owner string, limit int) (release func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w := &turn{owner: owner, began: make(chan struct{})}
	t.enqueue(w, limit)
	if err := await(ctx, t.maxWait, w.began); err != nil {
		if t.withdraw(w) {
			return nil, err
		}
		if ctx.Err() != nil { // it began meanwhile, for nothing
			t.release(w)
			return nil, context.Cause(ctx)
		}
	}
	return sync.OnceFunc(func() { t.release(w) }), nil
}

func (t *Turns) enqueue(w *turn, limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = max(1, limit)
	if len(t.waiting[w.owner]) == 0 {
		t.order = append(t.order, w.owner)
	}
	t.waiting[w.owner] = append(t.waiting[w.owner], w)
	t.begin()
}

// withdraw removes w from the queue of its owner. It reports false if w has begun.
func (t *Turns) withdraw(w *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting[w.owner], w)
	if i < 0 {
		return false
	}
	t.setWaiting(w.owner, slices.Delete(t.waiting[w.owner], i, i+1))
	return true
}

// setWaiting replaces the queue of an owner.
func (t *Turns) setWaiting(owner string, queue []*turn) {
	if len(queue) > 0 {
		t.waiting[owner] = queue
		return
	}
	delete(t.waiting, owner)
	t.order = slices.DeleteFunc(t.order, func(o string) bool { return o == owner })
}

func (t *Turns) release(w *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	if t.running[w.owner]--; t.running[w.owner] == 0 {
		delete(t.running, w.owner)
	}
	t.begin()
}

// begin begins what may run now.
func (t *Turns) begin() {
	for t.total < t.limit {
		i := slices.IndexFunc(t.order, func(owner string) bool { return t.running[owner] < max(1, t.limit-1) })
		if i < 0 {
			return
		}
		owner := t.order[i]
		w := t.waiting[owner][0]
		t.order = append(slices.Delete(t.order, i, i+1), owner) // behind the others
		t.setWaiting(owner, slices.Delete(t.waiting[owner], 0, 1))
		t.running[owner]++
		t.total++
		close(w.began)
	}
}

// await waits until ready is closed. It returns ErrBusy after maxWait, or the cause of
// the end of ctx.
func await(ctx context.Context, maxWait time.Duration, ready <-chan struct{}) error {
	select {
	case <-ready:
		return nil
	default:
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return ErrBusy
	}
}

// Stats returns how many works run and wait.
func (t *Turns) Stats() (running, waiting int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, queue := range t.waiting {
		waiting += len(queue)
	}
	return t.total, waiting
}
