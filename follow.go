package assets

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Follow calls fn with the events of all workspaces, in the order of their positions,
// until ctx has ended; it then returns nil. It is for the host: job queues and brokers
// are built on it. Behind a batch that fn has accepted it keeps the mark under name, while
// fn may have the next batch already, so that the next Follow goes on there, in any process. A new name begins with the oldest
// event in the journal.
//
// One follower of a name is at work at a time, over all processes; the others wait. One
// that was killed is replaced within 30 s. An event comes at least once: again if the
// process ends before its mark is kept, or if it pauses for so long that another has
// taken over, which ends the context of fn. store.FollowTx commits the effect and
// the mark together: exactly once.
//
// If fn returns an error, the error is logged, and the same batch or a larger one comes
// again after 1 s, then 2 s, up to a minute. fn must not keep or change the slice.
//
// It returns ErrEventsPruned if events behind the mark were removed from the journal:
// call SkipEvents, read the state, and follow again. It returns a FieldError for a name as
// CheckFollower does, and another error if the store keeps no journal or no marks.
func (l *Library) Follow(ctx context.Context, name string, fn func(ctx context.Context, events []Event) error) (err error) {
	_, op := l.observe(ctx, "Follow", nil, "") // it lasts, so that what it calls is no part of it
	defer op.end(&err)
	if err := CheckFollower(name); err != nil {
		return err
	}
	return l.FollowReserved(ctx, name, 0, fn)
}

// ReservedFollowers begins the names of the followers of this module's own packages, such as
// assets/webhooks. A host cannot use them.
const ReservedFollowers = "assets/"

// FollowReserved is Follow for packages that extend the Library, whose names begin with
// ReservedFollowers. If every is not 0, fn is called without events too: whenever this
// process has taken over, and when fn was not called for so long.
func (l *Library) FollowReserved(ctx context.Context, name string, every time.Duration, fn func(ctx context.Context, events []Event) error) (err error) {
	_, op := l.observe(ctx, "FollowReserved", nil, "") // it lasts, so that what it calls is no part of it
	defer op.end(&err)
	j, err := l.journal()
	if err != nil {
		return err
	}
	marks, err := l.followers()
	if err != nil {
		return err
	}
	loop := &FollowLoop{Name: name, Journal: j, Followers: marks, Logger: l.cfg.Logger, States: l.following, Every: every}
	keeper := &markKeeper{marks: marks}
	loop.Settle = keeper.settle
	loop.Deliver = func(ctx context.Context, lease Lease, events []Event) (Lease, error) {
		if err := keeper.begin(ctx, lease); err != nil {
			return lease, err
		}
		if err := l.observer.Job(ctx, FollowJob, func(ctx context.Context) error { return fn(ctx, events) }); err != nil {
			return lease, err
		}
		if len(events) > 0 {
			lease.Position = events[len(events)-1].Position
			keeper.move(lease.Position)
		}
		return lease, nil
	}
	return loop.Run(ctx)
}

// SkipEvents moves the mark of a follower, which may be new, behind the newest event. A
// follower of the name that is at work loses its lease.
func (l *Library) SkipEvents(ctx context.Context, name string) (err error) {
	ctx, op := l.observe(ctx, "SkipEvents", nil, "")
	defer op.end(&err)
	if err := CheckFollower(name); err != nil {
		return err
	}
	return l.SkipReserved(ctx, name)
}

// SkipReserved is SkipEvents for packages that extend the Library, whose names begin with
// ReservedFollowers.
func (l *Library) SkipReserved(ctx context.Context, name string) (err error) {
	ctx, op := l.observe(ctx, "SkipReserved", nil, "")
	defer op.end(&err)
	j, err := l.journal()
	if err != nil {
		return err
	}
	marks, err := l.followers()
	if err != nil {
		return err
	}
	newest, err := l.newestEvent(ctx, j)
	if err != nil {
		return err
	}
	return marks.PutFollower(ctx, name, newest.Position)
}

// ResumeReserved moves the mark of a follower to where it can go on after FollowReserved
// has returned ErrEventsPruned: before the oldest event in the journal or, if the mark is
// behind the newest one, as after a restored backup, behind that. It does nothing if another
// process follows under the name, or has moved the mark already. It is for packages that
// extend the Library, whose names begin with ReservedFollowers.
func (l *Library) ResumeReserved(ctx context.Context, name string) (err error) {
	ctx, op := l.observe(ctx, "ResumeReserved", nil, "")
	defer op.end(&err)
	j, err := l.journal()
	if err != nil {
		return err
	}
	marks, err := l.followers()
	if err != nil {
		return err
	}
	lease, err := marks.LeaseFollower(ctx, name, rand.Text(), leaseTime)
	if errors.Is(err, ErrLeased) {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := j.JournalState(ctx)
	if to := min(max(lease.Position, state.Pruned), state.Last); err == nil && to != lease.Position {
		return marks.PutFollower(ctx, name, to) // ends the lease
	}
	return errors.Join(err, marks.ReleaseFollower(ctx, lease))
}

// Unfollow removes the mark of a follower. The next Follow of the name begins with the
// oldest event in the journal.
func (l *Library) Unfollow(ctx context.Context, name string) (err error) {
	ctx, op := l.observe(ctx, "Unfollow", nil, "")
	defer op.end(&err)
	if err := CheckFollower(name); err != nil {
		return err
	}
	marks, err := l.followers()
	if err != nil {
		return err
	}
	return marks.DeleteFollower(ctx, name)
}

// HasJournal reports whether the store has a journal, so that there are events.
func (l *Library) HasJournal() bool {
	_, ok := StoreAs[Journal](l.cfg.Store)
	return ok
}

// journal returns the journal of the store.
func (l *Library) journal() (Journal, error) {
	j, ok := StoreAs[Journal](l.cfg.Store)
	if !ok {
		return nil, fmt.Errorf("%T has no journal: %w", l.cfg.Store, errInternal)
	}
	return j, nil
}

// followers returns the marks of followers that the store keeps.
func (l *Library) followers() (Followers, error) {
	f, ok := StoreAs[Followers](l.cfg.Store)
	if !ok {
		return nil, fmt.Errorf("%T keeps no marks of followers: %w", l.cfg.Store, errInternal)
	}
	return f, nil
}

// CheckFollower returns a FieldError for a name that a host's follower cannot have: one
// that is not text of 1 to 255 bytes, or begins with ReservedFollowers. It is for stores
// that use FollowLoop.
func CheckFollower(name string) error {
	if strings.HasPrefix(name, ReservedFollowers) {
		return Invalid(TypeNotAllowed, fmt.Sprintf("must not begin with %q: such names are reserved for the library's own followers", ReservedFollowers), "name")
	}
	return checkFollower(name)
}

// checkFollower returns an error for a name that is empty, too long or malformed.
func checkFollower(name string) error {
	if !wellFormed(name) {
		return Invalid(TypeMalformed, fmt.Sprintf("must be text of 1 to %d bytes", MaxHostID), "name")
	}
	return nil
}

// Following returns the state of each follower that runs in this process, by name: those of
// Follow, and those of a store that has [OwnFollowers]. It is for gauges.
func (l *Library) Following() []Following {
	all := l.following.List()
	if own, ok := StoreAs[OwnFollowers](l.readiness.store); ok {
		all = append(all, own.Following()...)
		slices.SortStableFunc(all, compareNames)
	}
	return all
}

func compareNames(a, b Following) int { return cmp.Compare(a.Name, b.Name) }

// FollowerStates has the state of each [FollowLoop] that runs and has it as States. The zero
// value has none. It is safe for concurrent use.
type FollowerStates struct {
	mu  sync.Mutex
	all map[*FollowLoop]Following
}

// List returns the states, by the names of the followers.
func (s *FollowerStates) List() []Following {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedStableFunc(maps.Values(s.all), compareNames)
}

func (s *FollowerStates) set(loop *FollowLoop, state Following) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*FollowLoop]Following{}
	}
	s.all[loop] = state
}

func (s *FollowerStates) remove(loop *FollowLoop) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, loop)
}
