package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/10ex/assets"
)

// StoreID implements [assets.StoreIdentifier].
func (s *Store) StoreID(ctx context.Context) (string, error) { return s.id, checkContext(ctx) }

// JournalState implements [assets.Journal].
func (s *Store) JournalState(ctx context.Context) (assets.JournalState, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return assets.JournalState{}, err
	}
	return assets.JournalState{Pruned: now.pruned, Last: now.last()}, nil
}

// Changed implements [assets.Journal].
func (s *Store) Changed() <-chan struct{} { return s.changed.Next() }

// Events implements [assets.Journal].
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	events := now.eventsAfter(after, limit)
	copies := make([]assets.Event, len(events))
	for i, e := range events {
		copies[i] = copyEvent(e)
	}
	return copies, nil
}

// SelectEvents implements [assets.Journal].
func (s *Store) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return assets.Selection{}, err
	}
	found := assets.Selection{Seen: assets.Mark{Position: w.After}, After: assets.Mark{Position: w.After}}
	if i, ok := now.searchEvent(w.After); ok {
		found.After = mark(now.journal[i])
		found.Seen = found.After
	}
	bytes := int64(0)
	for _, e := range now.eventsAfter(w.After, w.Rows) {
		if f.Matches(&e) {
			bytes += e.StoredBytes()
			found.Cut = len(found.Events) > 0 && w.Bytes > 0 && bytes > w.Bytes
			if found.Cut || len(found.Events) == w.Limit {
				if n := len(found.Events); n > 0 {
					found.Seen = mark(found.Events[n-1])
				}
				break
			}
			found.Events = append(found.Events, copyEvent(e))
		}
		found.Seen = mark(e)
	}
	return found, nil
}

func mark(e assets.Event) assets.Mark {
	return assets.Mark{Position: e.Position, ID: e.ID, At: e.At}
}

// PruneEvents implements [assets.Journal].
func (s *Store) PruneEvents(ctx context.Context, before assets.Time) (n int, err error) {
	err = s.change(ctx, func(next *state) error {
		n = 0
		for n < len(next.journal)-1 && next.journal[n].At < before {
			n++
		}
		if n > 0 {
			next.pruned = next.journal[n-1].Position
			next.journal = slices.Clone(next.journal[n:])
		}
		return nil
	})
	return n, err
}

// eventsAfter returns at most limit rows behind a position. The caller must not change
// them.
func (s *state) eventsAfter(after int64, limit int) []assets.Event {
	i, found := s.searchEvent(after)
	if found {
		i++
	}
	events := s.journal[i:]
	return events[:min(len(events), max(limit, 0))]
}

// searchEvent returns the index at which the journal row with the position is or would be,
// and whether it is there.
func (s *state) searchEvent(position int64) (int, bool) {
	return slices.BinarySearchFunc(s.journal, position, func(e assets.Event, position int64) int {
		return cmp.Compare(e.Position, position)
	})
}
