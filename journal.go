package assets

import (
	"context"
	"time"
)

// Journal reads the events of all workspaces. It is for the host, not for an actor.
// Stores implement it beside Store. Implementations pass assetstest.TestJournal.
//
// Positions are given in the order in which changes of one asset were committed. Once
// any method has returned a position, no event appears at that or a lower one later,
// whatever transactions were open.
type Journal interface {
	StoreIdentifier
	// JournalState returns where the journal begins and ends.
	JournalState(ctx context.Context) (JournalState, error)
	// Events returns at most limit events with a Position above after, ascending.
	Events(ctx context.Context, after int64, limit int) ([]Event, error)
	// SelectEvents looks at the next w.Rows events behind w.After, and returns those
	// that the filter selects, at most w.Limit and, but for the first, at most w.Bytes.
	SelectEvents(ctx context.Context, f EventFilter, w EventWindow) (Selection, error)
	// PruneEvents removes the first events of the journal up to the first that is not
	// older than before, but never the newest event. It returns their number.
	PruneEvents(ctx context.Context, before Time) (int, error)
	// Changed returns a channel that is closed when this process has committed a change
	// after the call. Changes of other processes close no channel.
	Changed() <-chan struct{}
}

// EventNumberer is what a [Store] with a [Journal] has too if events get their positions
// after their commit. Reads of the journal give positions to a limited number of them, and
// show what has some if that fails.
type EventNumberer interface {
	// NumberEvents gives positions to all events that are committed when it is called, or
	// returns why it cannot.
	NumberEvents(ctx context.Context) error
}

// StoreIdentifier is what a [Store] has whose attestations and cursors of events name it.
// A store that is bound to a transaction of the host, and has no [Journal], has it too.
type StoreIdentifier interface {
	// StoreID returns a random text that is not empty, never changes, and is the same
	// for all processes that use the database.
	StoreID(ctx context.Context) (string, error)
}

// JournalState is where a journal begins and ends.
type JournalState struct {
	Pruned int64 // the position up to which events were removed; 0: none
	Last   int64 // the position of the newest event; Pruned if there is none
}

// EventWindow is the part of a journal that SelectEvents looks at.
type EventWindow struct {
	After int64 // a position
	Rows  int   // events to look at, at least 1
	Limit int   // events to return, at least 1
	Bytes int64 // of the events to return, as in Window
}

// Selection is the result of SelectEvents. Seen is the position of the last event that
// it has looked at: of the last of Events if it ended because of Limit or Bytes, else of
// the last row. It is After if there was none.
type Selection struct {
	Events []Event
	Cut    bool // it ended because of Bytes
	Seen   Mark
	After  Mark // the event at EventWindow.After; its ID is empty if it was pruned or never was
}

// Mark names an event.
type Mark struct {
	Position int64
	ID       ID
	At       Time
}

// Followers keeps how far named followers have read the journal. Of each name one
// holder at a time has the lease, over all processes. Stores implement it beside
// Store. Implementations pass assetstest.TestFollowers.
type Followers interface {
	// LeaseFollower takes the lease of a name for a time, or renews it if the holder has
	// it already, also if its time has passed. It returns ErrLeased if another holder
	// has the lease and its time has not passed. A name that is new begins at
	// JournalState.Pruned.
	LeaseFollower(ctx context.Context, name, holder string, d time.Duration) (Lease, error)
	// MoveFollower moves the mark of a lease to a position that is not lower. It
	// returns ErrLeased, and moves nothing, if another holder had the lease since, or
	// the mark is not at Lease.Position any more.
	MoveFollower(ctx context.Context, l Lease, to int64) (Lease, error)
	// ReleaseFollower ends a lease before its time. It does nothing if another holder
	// has it.
	ReleaseFollower(ctx context.Context, l Lease) error
	// PutFollower sets the mark of a name, which may be new, and ends its lease.
	PutFollower(ctx context.Context, name string, position int64) error
	// DeleteFollower removes a name. Removing one that does not exist is no error.
	DeleteFollower(ctx context.Context, name string) error
}

// OwnFollowers is what a [Store] has that follows its journal itself, as store.FollowTx
// does.
type OwnFollowers interface {
	// Following returns the state of each of its followers in this process, by name. It
	// must not wait.
	Following() []Following
	// ObserveFollowers makes o be told of each batch of its followers, as [Observer.Job] with
	// the name FollowJob. New calls it with what observes the Library, if anything does; the
	// last call counts.
	ObserveFollowers(o Observer)
}

// Lease is the right to move the mark of a follower.
type Lease struct {
	Name, Holder string
	Fence        int64 // one more whenever the lease goes to another holder
	Position     int64 // the mark: up to where the follower has read
}
