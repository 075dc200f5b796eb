package assets

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets/internal/broadcast"
)

// How the recent events are read.
const (
	recentInterval = 500 * time.Millisecond // in which changes of other processes are looked for
	recentRows     = 1000                   // events that are kept for all streams
	recentBytes    = 4 << 20                // of them
)

// feed is what the streams of a process share: the recent events, and the goroutine that
// reads them while there are streams.
type feed struct {
	changed broadcast.Broadcast // of what recent returns

	mu      sync.Mutex
	storeID string         // empty until it was read
	streams map[string]int // open ones by workspace; without zeros
	stop    context.CancelFunc
	reading bool    // events, from and to are set
	events  []Event // all of the journal behind from, up to to
	from    int64
	to      Mark
	bytes   int64 // of events
}

func newFeed() *feed { return &feed{streams: map[string]int{}} }

// store returns the id of the store, which never changes.
func (f *feed) store(ctx context.Context, s StoreIdentifier) (string, error) {
	if id := f.knownStore(); id != "" {
		return id, nil
	}
	id, err := s.StoreID(ctx)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.storeID = id
	return id, nil
}

func (f *feed) knownStore() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.storeID
}

// open counts a stream. It returns ErrUnavailable if the workspace has too many.
func (f *feed) open(j Journal, workspace string, log *slog.Logger) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams[workspace] >= maxStreams {
		return Errorf(ErrUnavailable, "the workspace has %d streams open at this server; close one or read pages of events", maxStreams)
	}
	f.streams[workspace]++
	if f.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		f.stop, f.reading, f.events, f.bytes = cancel, false, nil, 0
		go f.read(ctx, j, log)
	}
	return nil
}

// count returns how many streams are open.
func (f *feed) count() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, streams := range f.streams {
		n += streams
	}
	return n
}

// close counts a stream that has ended. The last one ends the reader.
func (f *feed) close(workspace string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams[workspace]--; f.streams[workspace] == 0 {
		delete(f.streams, workspace)
	}
	if len(f.streams) == 0 {
		f.stop()
		f.stop = nil
	}
}

// recent returns the next events behind a position that the filter selects, and the last
// event that it has looked at, which has no ID if there is none behind the position. ok is
// false if what lies behind the position is not among the recent events.
func (f *feed) recent(after int64, filter *EventFilter) (events []Event, seen Mark, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.reading || after < f.from {
		return nil, Mark{}, false
	}
	i, found := slices.BinarySearchFunc(f.events, after, func(e Event, after int64) int { return cmp.Compare(e.Position, after) })
	if found {
		i++
	}
	bytes := int64(0)
	for _, e := range f.events[i:] {
		if filter.Matches(&e) {
			bytes += e.StoredBytes()
			if len(events) == streamRows || len(events) > 0 && bytes > streamBytes {
				return events, markOf(&events[len(events)-1]), true
			}
			events = append(events, e)
		}
	}
	if f.to.Position <= after {
		return events, Mark{Position: after}, true
	}
	return events, f.to, true
}

// read reads the journal until ctx has ended.
func (f *feed) read(ctx context.Context, j Journal, log *slog.Logger) {
	for fails := false; ctx.Err() == nil; {
		changed := j.Changed() // before the read, so that no change is missed
		n, err := f.readNext(ctx, j)
		if failed := err != nil && ctx.Err() == nil; failed != fails {
			if fails = failed; fails {
				log.ErrorContext(ctx, "assets: streams of events are late, because the journal cannot be read", "error", err.Error())
			}
		}
		switch {
		case err != nil:
			wait(ctx, 2*recentInterval)
		case n == 0:
			awaitChange(ctx, changed, recentInterval)
		}
	}
}

// readNext reads the next events and returns their number.
func (f *feed) readNext(ctx context.Context, j Journal) (int, error) {
	f.mu.Lock()
	reading, to := f.reading, f.to
	f.mu.Unlock()
	if !reading {
		state, err := j.JournalState(ctx)
		if err != nil {
			return 0, err
		}
		last, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: state.Last, Rows: 1, Limit: 1})
		if err != nil {
			return 0, err
		}
		f.begin(ctx, last.After)
		return 0, nil
	}
	found, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: to.Position, Rows: recentRows, Limit: recentRows, Bytes: recentBytes / 4})
	if err != nil {
		return 0, err
	}
	if err := placeOf(to).checkFound(ctx, j, found); Code(err) == Code(ErrEventsPruned) {
		f.begin(ctx, Mark{Position: -1}) // the streams find out for themselves
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	if len(found.Events) > 0 {
		f.add(ctx, found)
	}
	return len(found.Events), nil
}

// begin makes the recent events those behind an event; at a position below 0 they are not
// known.
func (f *feed) begin(ctx context.Context, at Mark) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil { // another reader has begun
		return
	}
	f.reading, f.from, f.to, f.events, f.bytes = at.Position >= 0, at.Position, at, nil, 0
	f.changed.Send()
}

// add adds events and forgets the oldest ones.
func (f *feed) add(ctx context.Context, found Selection) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	for i := range found.Events {
		f.bytes += found.Events[i].StoredBytes()
	}
	all := append(f.events, found.Events...) //nolint:gocritic // the array has one owner
	n := 0
	for len(all)-n > recentRows || f.bytes > recentBytes {
		f.bytes -= all[n].StoredBytes()
		f.from = all[n].Position
		n++
	}
	clear(all[:n])
	f.events, f.to = all[n:], found.Seen
	f.changed.Send()
}
