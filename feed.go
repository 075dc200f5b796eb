package assets

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/10ex/assets/internal/signed"
)

// AfterNow is the EventQuery.After behind all events that there are.
const AfterNow = "now"

const (
	maxFeedRows = 10_000 // of the journal that one page looks at

	// A page without a match ends where it began, so that a cursor does not change with
	// what other workspaces do. It moves on, so that it is not pruned past and that rows
	// are not looked at again and again, once it lies so many rows or so long behind.
	stayRows = maxFeedRows / 2
	stayTime = 24 * time.Hour
)

// purposeEvents is the purpose of the keys that encrypt cursors of events. A position
// that can be read would count the changes of other workspaces.
const purposeEvents = "events"

// EventQuery is the input of [Library.Events].
type EventQuery struct {
	After          string      // NextAfter of the page before; empty: the oldest event kept; AfterNow
	Types          []EventType // any of them
	AssetIDs       []ID        // any of them
	CampaignID     string      // before or after the change
	InForceChanged bool        // only those after which publishers get another version, or of which that was not recorded
	Limit          int         // default 50, at most 200
}

// EventPage is one page of events.
type EventPage struct {
	Items []Event `json:"items"` // oldest first
	// NextAfter is where the next page begins. It is unchanged at the end. A page may be
	// empty before the end.
	NextAfter string `json:"next_after"`
}

func (q *EventQuery) filter(workspace string) EventFilter {
	return EventFilter{
		Workspace: workspace, Types: q.Types, AssetIDs: q.AssetIDs, CampaignID: q.CampaignID, InForceChanged: q.InForceChanged,
	}
}

// Events returns one page of the events of the actor's workspace, oldest first: what
// happened to its assets since q.After. A walk misses nothing and repeats nothing,
// whatever else is being written.
//
// It returns ErrUnauthorized, ErrForbiddenScope, field errors, ErrInvalidCursor,
// ErrEventsPruned if events behind q.After were removed, or a backup was restored since,
// or ErrUnavailable.
func (l *Library) Events(ctx context.Context, by Actor, q EventQuery) (_ EventPage, err error) {
	ctx, op := l.observe(ctx, "Events", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return EventPage{}, err
	}
	if err := q.Validate(); err != nil {
		return EventPage{}, err
	}
	j, err := l.journal()
	if err != nil {
		return EventPage{}, err
	}
	after, err := l.startOfEvents(ctx, j, by.Workspace, q.After)
	if err != nil {
		return EventPage{}, err
	}
	page := EventPage{Items: []Event{}}
	if q.After == AfterNow {
		page.NextAfter = l.eventCursor(after, by.Workspace)
		return page, nil
	}
	var found Selection
	err = l.readResult(ctx, func(maxBytes int64) (kept, needs int64, err error) {
		w := EventWindow{After: after.Position, Rows: maxFeedRows, Limit: q.Limit, Bytes: maxBytes}
		err = l.search(ctx, by.Workspace, true, func(ctx context.Context) (err error) {
			found, err = j.SelectEvents(ctx, q.filter(by.Workspace), w)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		for i := range found.Events {
			kept += found.Events[i].StoredBytes()
		}
		if found.Cut && maxBytes < MaxPageBytes {
			needs, found = MaxPageBytes, Selection{} // nothing is held while the call waits
		}
		return kept, needs, nil
	})
	if err != nil {
		return EventPage{}, err
	}
	if err := after.checkStart(ctx, j, q.After, found); err != nil {
		return EventPage{}, err
	}
	page.Items = append(page.Items, found.Events...)
	page.NextAfter = l.eventCursor(l.nextPlace(after, found), by.Workspace)
	return page, nil
}

// nextPlace returns where the page behind a selection begins.
func (l *Library) nextPlace(after place, found Selection) place {
	last := found.After
	if n := len(found.Events); n > 0 {
		last = markOf(&found.Events[n-1])
	}
	switch {
	case found.Seen.Position == after.Position:
		return after
	case l.movesOn(last, found.Seen):
		return placeOf(found.Seen)
	}
	return placeOf(last)
}

// movesOn reports whether a cursor behind last moves to the event up to which no other was
// selected.
func (l *Library) movesOn(last, seen Mark) bool {
	return last.ID == "" || seen.Position-last.Position > stayRows || last.At.Add(stayTime) < l.Now()
}

func markOf(e *Event) Mark { return Mark{e.Position, e.ID, e.At} }

// place is what a cursor of events contains. The digest of the event's id, which is zero
// if there was no event, distinguishes the histories of a database of which a backup was
// restored.
type place struct {
	Position int64
	Digest   [8]byte
}

func placeOf(m Mark) place {
	p := place{Position: m.Position}
	if m.ID != "" {
		digest := sha256.Sum256([]byte(m.ID))
		copy(p.Digest[:], digest[:])
	}
	return p
}

// checkFound returns ErrEventsPruned if the journal does not go on from the place. found
// is what was selected behind it. Positions have no gaps, so that an event at the next one
// shows that nothing was missing, also if it was pruned since.
func (p place) checkFound(ctx context.Context, j Journal, found Selection) error {
	switch next := p.Position + 1; {
	case found.After.ID != "":
		if p.Digest != [8]byte{} && p.Digest != placeOf(found.After).Digest {
			return ErrEventsPruned
		}
		return nil
	case len(found.Events) > 0 && found.Events[0].Position == next, found.Seen.Position == next:
		return nil
	}
	state, err := j.JournalState(ctx)
	if err != nil {
		return err
	}
	return state.check(p.Position)
}

// checkStart is checkFound for a start that EventQuery.After names. Without one it is the
// oldest event kept, whatever was pruned since startOfEvents.
func (p place) checkStart(ctx context.Context, j Journal, after string, found Selection) error {
	if after == "" {
		return nil
	}
	return p.checkFound(ctx, j, found)
}

// startOfEvents returns the place that EventQuery.After names.
func (l *Library) startOfEvents(ctx context.Context, j Journal, workspace, after string) (place, error) {
	store, err := l.feed.store(ctx, j)
	if err != nil {
		return place{}, err
	}
	switch after {
	case "":
		state, err := j.JournalState(ctx)
		return place{Position: state.Pruned}, err
	case AfterNow:
		newest, err := l.newestEvent(ctx, j)
		return placeOf(newest), err
	}
	payload, _, err := l.Decrypt(purposeEvents, eventBound(store, workspace), after)
	if err != nil {
		return place{}, ErrInvalidCursor
	}
	r := signed.Read(payload)
	p := place{Position: int64(r.Uint64())} //nolint:gosec // as it was written
	copy(p.Digest[:], r.Bytes(len(p.Digest)))
	if r.Err() != nil {
		return place{}, ErrInvalidCursor
	}
	return p, nil
}

// newestEvent returns the newest event that is committed. If events cannot be numbered it is
// the newest one that has a position.
func (l *Library) newestEvent(ctx context.Context, j Journal) (Mark, error) {
	if n, ok := StoreAs[EventNumberer](l.cfg.Store); ok {
		_ = n.NumberEvents(ctx) // the reads that follow fail or go without
	}
	state, err := j.JournalState(ctx)
	if err != nil {
		return Mark{}, err
	}
	last, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: state.Last, Rows: 1, Limit: 1})
	return last.After, err
}

// EventPosition returns the position of a cursor of events, as [EventPage] has them, of a
// workspace, and that of "now" and the empty one. It is for packages that extend the
// Library. Its errors are those of [Library.Events].
func (l *Library) EventPosition(ctx context.Context, workspace, after string) (_ int64, err error) {
	ctx, op := l.observe(ctx, "EventPosition", nil, "")
	defer op.end(&err)
	j, err := l.journal()
	if err != nil {
		return 0, err
	}
	p, err := l.startOfEvents(ctx, j, workspace, after)
	if err != nil {
		return 0, err
	}
	found, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: p.Position, Rows: 1, Limit: 1})
	if err != nil {
		return 0, err
	}
	return p.Position, p.checkStart(ctx, j, after, found)
}

// eventCursor returns the cursor of a place. Only after startOfEvents has read the id of
// the store.
func (l *Library) eventCursor(p place, workspace string) string {
	payload := append(signed.Claims(nil).Uint64(uint64(p.Position)), p.Digest[:]...) //nolint:gosec // positions are not negative
	return l.Encrypt(purposeEvents, eventBound(l.feed.knownStore(), workspace), payload)
}

func eventBound(store, workspace string) [][]byte { return [][]byte{[]byte(store), []byte(workspace)} }
