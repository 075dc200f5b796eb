package assets

import (
	"context"
	"errors"
	"time"
)

// Limits of streams of events.
const (
	maxStreams  = 100      // of a workspace in a process
	streamRows  = 100      // events in one batch
	streamBytes = 64 << 10 // of a batch of more than one event
	// streamRetry is the wait after the journal could not be read, or there was no turn.
	streamRetry = time.Second
)

// StreamedEvent is an event with the EventQuery.After behind it.
type StreamedEvent struct {
	Event
	Cursor string
}

// EventStream is a stream of the events of one workspace. It is not safe for concurrent
// use.
type EventStream struct {
	lib       *Library
	journal   Journal
	workspace string
	filter    EventFilter
	at        Mark  // the event up to which it has looked
	last      Mark  // the event of told
	told      place // of the cursor that was returned last
	oldest    bool  // it begins with the oldest event kept, and has not looked at any
}

// StreamEvents returns a stream of the events that q selects, as Events pages through
// them; Limit is ignored. The caller must close it. It is for packages that serve the
// Library. All streams of a process share one reader of the journal.
//
// It returns the errors of Events, and ErrUnavailable if 100 streams of the workspace
// are open.
func (l *Library) StreamEvents(ctx context.Context, by Actor, q EventQuery) (_ *EventStream, err error) {
	ctx, op := l.observe(ctx, "StreamEvents", &by, "")
	defer op.end(&err)
	if err := l.authorize(&by, ScopeRead); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	j, err := l.journal()
	if err != nil {
		return nil, err
	}
	start, err := l.startOfEvents(ctx, j, by.Workspace, q.After)
	if err != nil {
		return nil, err
	}
	found, err := j.SelectEvents(ctx, EventFilter{}, EventWindow{After: start.Position, Rows: 1, Limit: 1})
	if err != nil {
		return nil, err
	}
	if err := start.checkStart(ctx, j, q.After, found); err != nil {
		return nil, err
	}
	if err := l.feed.open(j, by.Workspace, l.cfg.Logger); err != nil {
		return nil, err
	}
	return &EventStream{
		lib: l, journal: j, workspace: by.Workspace, filter: q.filter(by.Workspace), at: found.After, last: found.After, told: start,
		oldest: q.After == "",
	}, nil
}

// Close ends the stream.
func (s *EventStream) Close() { s.lib.feed.close(s.workspace) }

// Cursor returns the EventQuery.After behind what Next has returned.
func (s *EventStream) Cursor() string { return s.lib.eventCursor(s.told, s.workspace) }

// Next returns the next events. It returns none when ctx has ended, or when only Cursor has
// changed. A stream that has fallen behind reads the journal itself, by turns with the
// searches of the workspace; while that is unavailable it waits. Next returns ErrEventsPruned
// if events that it has not returned were removed.
func (s *EventStream) Next(ctx context.Context) ([]StreamedEvent, error) {
	events, err := s.next(ctx)
	return s.streamed(events), err
}

// next is Next without cursors.
func (s *EventStream) next(ctx context.Context) ([]Event, error) {
	for ctx.Err() == nil {
		changed := s.lib.feed.changed.Next()
		events, seen, ok := s.lib.feed.recent(s.at.Position, &s.filter)
		if !ok {
			var err error
			events, seen, err = s.catchUp(ctx)
			if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
				wait(ctx, streamRetry)
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		looked := seen.Position != s.at.Position
		if looked {
			s.at, s.oldest = seen, false
		}
		switch {
		case len(events) > 0:
			return events, nil
		case s.at.Position != s.told.Position && s.lib.movesOn(s.last, s.at):
			s.last, s.told = s.at, placeOf(s.at)
			return nil, nil
		case !looked:
			awaitChange(ctx, changed, time.Minute)
		}
	}
	return nil, nil
}

// catchUp reads events that are not among the recent ones any more. As a page of Events, it
// may look at many rows for nothing, so it waits for its turn.
func (s *EventStream) catchUp(ctx context.Context) (events []Event, seen Mark, err error) {
	var found Selection
	err = s.lib.search(ctx, s.workspace, true, func(ctx context.Context) (err error) {
		found, err = s.journal.SelectEvents(ctx, s.filter, EventWindow{
			After: s.at.Position, Rows: maxFeedRows, Limit: streamRows, Bytes: streamBytes,
		})
		return err
	})
	if err != nil {
		return nil, Mark{}, err
	}
	if !s.oldest {
		err = placeOf(s.at).checkFound(ctx, s.journal, found)
	}
	return found.Events, found.Seen, err
}

func (s *EventStream) streamed(events []Event) []StreamedEvent {
	if len(events) == 0 {
		return nil
	}
	out := make([]StreamedEvent, len(events))
	for i, e := range events {
		s.last = markOf(&e)
		s.told = placeOf(s.last)
		out[i] = StreamedEvent{e, s.Cursor()}
	}
	return out
}

// EventWatch has the events of all workspaces. It is not safe for concurrent use.
type EventWatch struct{ stream EventStream }

// WatchEvents returns the events of all workspaces that are committed from now on. It is
// for packages that serve the Library, and no actor may see what it returns without a
// check. The caller must close it. It reads nothing by itself: it shares the reader of
// streams. It returns ErrUnavailable, also if 100 are open.
func (l *Library) WatchEvents(ctx context.Context) (_ *EventWatch, err error) {
	ctx, op := l.observe(ctx, "WatchEvents", nil, "")
	defer op.end(&err)
	j, err := l.journal()
	if err != nil {
		return nil, err
	}
	newest, err := l.newestEvent(ctx, j)
	if err != nil {
		return nil, err
	}
	if err := l.feed.open(j, "", l.cfg.Logger); err != nil {
		return nil, err
	}
	return &EventWatch{EventStream{lib: l, journal: j, at: newest, last: newest, told: placeOf(newest)}}, nil
}

// Next returns the next events. It returns none when ctx has ended, and it may return none
// before. It returns ErrEventsPruned if events that it has not returned were removed.
func (w *EventWatch) Next(ctx context.Context) ([]Event, error) { return w.stream.next(ctx) }

// Close ends the watch.
func (w *EventWatch) Close() { w.stream.Close() }
