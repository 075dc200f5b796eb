package assets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// How followers work.
const (
	followInterval = 200 * time.Millisecond // in which changes of other processes are looked for
	followBackoff  = time.Second            // after the first error, doubled with each further one
	maxBackoff     = time.Minute
	maxMarkTime    = 5 * time.Second // in which a mark is kept at the end
)

// Limits of a batch of a [FollowLoop].
const (
	FollowRows  = 500     // of the journal
	FollowBytes = 1 << 20 // of more than one event
)

// FollowJob is the name of the operation that [Library.Follow] and store.FollowTx are
// observed as with each batch.
const FollowJob = "follow"

// FollowLoop reads a journal under a lease and hands out batches of events, one after the
// other. It is what [Library.Follow] does, for stores that keep the mark in another way,
// such as store.FollowTx.
type FollowLoop struct {
	Name      string
	Journal   Journal
	Followers Followers
	Logger    *slog.Logger
	// States, if it is not nil, has the state of the follower while Run runs.
	States *FollowerStates

	// Deliver handles a batch of events, at least one without Every, and moves the mark of
	// the lease behind it. It returns ErrLeased if the lease was lost; any other error is logged,
	// and the batch comes again. ctx ends when the lease is lost.
	Deliver func(ctx context.Context, lease Lease, events []Event) (Lease, error)
	// Locked tells that Deliver locks the mark in its transaction, so that a renewal of the
	// lease may have to wait for its end. Deliver may then take longer than the lease, which
	// nobody else can take meanwhile.
	Locked bool
	// Every, if it is not 0, makes Deliver be called without events too: whenever the lease
	// was taken, and when Deliver was not called for so long.
	Every time.Duration
	// Settle, if it is not nil, is called before the lease is given back, when Deliver is
	// not called any more. It finishes what Deliver has left to do.
	Settle func(ctx context.Context) error

	lease Lease
	state Following
	due   time.Time // when Deliver is called without events
}

// Following is the state of a follower of this process.
type Following struct {
	Name     string
	Leads    bool  // it has the lease
	Position int64 // the mark, if it leads
	Failures int   // in a row
	Err      error // the last failure; nil after a batch that was handled
	Since    Time  // when the failures began
}

// Run follows until ctx has ended; it then returns nil. It returns ErrEventsPruned if
// events behind the mark were removed, and a FieldError for a name that is not text of 1 to
// 255 bytes. It must be called once.
func (f *FollowLoop) Run(ctx context.Context) error {
	if err := checkFollower(f.Name); err != nil {
		return err
	}
	f.state.Name = f.Name
	defer f.States.remove(f)
	holder := rand.Text()
	for ctx.Err() == nil {
		err := f.lead(ctx, holder)
		f.state.Leads = false
		f.report()
		switch {
		case errors.Is(err, ErrEventsPruned):
			return err
		case errors.Is(err, ErrLeased):
			wait(ctx, leaseRetry)
		case err != nil:
			f.failed(ctx, err)
		}
	}
	return nil
}

// lead takes the lease and delivers batches as long as it has it.
func (f *FollowLoop) lead(ctx context.Context, holder string) error {
	lease, err := takeLease(ctx, f.Followers, f.Name, holder)
	if err != nil {
		return err
	}
	lease.locked = f.Locked
	f.lease = lease.Lease
	f.state.Leads, f.state.Position = true, f.lease.Position
	f.due = time.Time{}
	f.report()
	err = keepLease(ctx, f.Followers, lease, f.work)
	settling, done := context.WithTimeout(context.WithoutCancel(ctx), maxMarkTime)
	defer done()
	if f.Settle != nil {
		err = errors.Join(err, f.Settle(settling))
	}
	return errors.Join(err, f.Followers.ReleaseFollower(settling, f.lease))
}

// work delivers one batch after the other, until ctx has ended or there is an error that
// ends the lease.
func (f *FollowLoop) work(ctx context.Context) error {
	for ctx.Err() == nil {
		changed := f.Journal.Changed() // before the read, so that no change is missed
		n, err := f.next(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, ErrEventsPruned), errors.Is(err, ErrLeased):
			return err
		case err != nil:
			f.failed(ctx, err)
		case n == 0:
			awaitChange(ctx, changed, followInterval)
		}
	}
	return nil
}

// next delivers the next batch, if there is one. It returns the number of events.
func (f *FollowLoop) next(ctx context.Context) (int, error) {
	events, err := nextEvents(ctx, f.Journal, f.lease.Position)
	if err != nil {
		return 0, err
	}
	if len(events) > 0 || f.Every > 0 && !time.Now().Before(f.due) {
		lease, err := f.deliver(ctx, events)
		if err != nil {
			return 0, err
		}
		f.lease, f.due = lease, time.Now().Add(f.Every)
	}
	if f.state.Failures > 0 || f.state.Position != f.lease.Position {
		f.state = Following{Name: f.Name, Leads: true, Position: f.lease.Position}
		f.report()
	}
	return len(events), nil
}

// nextEvents returns the events behind a mark. It returns ErrEventsPruned if some were
// removed, or if the mark is behind the end.
func nextEvents(ctx context.Context, j Journal, after int64) ([]Event, error) {
	s, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: after, Rows: FollowRows, Limit: FollowRows, Bytes: FollowBytes})
	if err != nil {
		return nil, err
	}
	if s.After.ID == "" { // the event at the mark is not in the journal
		state, err := j.JournalState(ctx)
		if err != nil {
			return nil, err
		}
		if err := state.check(after); err != nil {
			return nil, err
		}
	}
	return s.Events, nil
}

// check returns ErrEventsPruned if the journal does not have all events behind a position,
// or if the position is behind the end.
func (s JournalState) check(after int64) error {
	if after >= s.Pruned && after <= s.Last {
		return nil
	}
	return fmt.Errorf("the journal has the positions %d to %d, the mark is %d: %w", s.Pruned+1, s.Last, after, ErrEventsPruned)
}

// deliver calls Deliver and turns a panic into an error.
func (f *FollowLoop) deliver(ctx context.Context, events []Event) (lease Lease, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v: %w", p, errInternal)
		}
	}()
	return f.Deliver(ctx, f.lease, events)
}

// failed logs and counts a failure, and waits before the next attempt.
func (f *FollowLoop) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if f.state.Failures == 0 {
		f.state.Since = TimeOf(time.Now())
	}
	f.state.Failures++
	f.state.Err = err
	delay := backoff(f.state.Failures, maxBackoff)
	f.Logger.ErrorContext(ctx, "assets: a follower of events failed and will try again",
		"follower", f.Name, "position", f.lease.Position, "failures", f.state.Failures, "wait", delay, "error", err.Error())
	f.report()
	wait(ctx, delay)
}

func (f *FollowLoop) report() { f.States.set(f, f.state) }

// awaitChange waits until this process has committed a change, or for d.
func awaitChange(ctx context.Context, changed <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wait waits for d. It reports whether ctx has not ended.
func wait(ctx context.Context, d time.Duration) bool {
	awaitChange(ctx, nil, d)
	return ctx.Err() == nil
}
