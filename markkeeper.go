package assets

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// maxUnkept is how many events a follower may be ahead of the mark that is kept. They
	// come again if the process is killed.
	maxUnkept = 4 * FollowRows
	// keepRetry is the wait after a mark could not be moved.
	keepRetry = time.Second
)

// markKeeper moves the mark of a follower beside its work: a write may have to wait for
// other writers, and the next events need not. Several moves may become one.
type markKeeper struct {
	marks Followers

	mu     sync.Mutex
	lead   *markLead // nil between leases
	moving sync.WaitGroup
}

// markLead is the mark of one lease.
type markLead struct {
	kept   Lease         // with the mark as it is in the store
	to     int64         // where the mark is to be
	moved  chan struct{} // is closed with each change of kept or err
	err    error         // of the last attempt to move it
	busy   bool          // a goroutine moves it
	closed bool          // it is not moved any more
}

// begin is called before each batch. It waits as long as the mark is far behind, and
// returns why it cannot be moved.
func (k *markKeeper) begin(ctx context.Context, lease Lease) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lead == nil {
		k.lead = &markLead{kept: lease, to: lease.Position, moved: make(chan struct{})}
	}
	for l := k.lead; l.err == nil && l.to-l.kept.Position > maxUnkept; {
		moved := l.moved
		k.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		k.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return k.lead.err
}

// move makes the mark move to a position soon.
func (k *markKeeper) move(to int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.lead
	if l.to = to; !l.busy {
		l.busy = true
		k.moving.Go(func() { k.run(l) })
	}
}

// run moves the mark of a lease until it is where it is to be, or cannot be moved any
// more.
func (k *markKeeper) run(l *markLead) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for l.kept.Position < l.to && !l.closed && !errors.Is(l.err, ErrLeased) {
		kept, to := l.kept, l.to
		k.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), maxMarkTime)
		moved, err := k.marks.MoveFollower(ctx, kept, to)
		cancel()
		k.mu.Lock()
		if l.err = err; err == nil {
			l.kept = moved
		}
		close(l.moved)
		l.moved = make(chan struct{})
		if err != nil && !errors.Is(err, ErrLeased) && !l.closed {
			k.mu.Unlock()
			wait(context.Background(), keepRetry)
			k.mu.Lock()
		}
	}
	l.busy = false
}

// settle ends the lease: it waits until the mark is where it is to be, and returns why it
// is not.
func (k *markKeeper) settle(ctx context.Context) error {
	k.mu.Lock()
	l := k.lead
	k.lead = nil
	for l != nil && l.busy && !errors.Is(l.err, ErrLeased) && ctx.Err() == nil && l.kept.Position < l.to {
		moved := l.moved
		k.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		k.mu.Lock()
	}
	var err error
	if l != nil {
		l.closed, err = true, l.err
	}
	k.mu.Unlock()
	k.moving.Wait()
	return err
}
