package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/10ex/assets"
)

// Events implements [assets.Journal].
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	i, found := now.searchEvent(after)
	if found {
		i++
	}
	events := now.journal[i:]
	events = slices.Clone(events[:min(len(events), max(limit, 0))])
	for j := range events {
		events[j] = copyEvent(events[j])
	}
	return events, nil
}

// PruneEvents implements [assets.Journal].
func (s *Store) PruneEvents(ctx context.Context, before assets.Time) (n int, err error) {
	err = s.change(ctx, func(next *state) error {
		last := next.lastSeq()
		kept := slices.DeleteFunc(slices.Clone(next.journal), func(e assets.Event) bool { return e.At < before && e.Seq != last })
		n = len(next.journal) - len(kept)
		next.journal = kept
		return nil
	})
	return n, err
}

// searchEvent returns the index at which the journal row with the number is or would be,
// and whether it is there.
func (s *state) searchEvent(seq int64) (int, bool) {
	return slices.BinarySearchFunc(s.journal, seq, func(e assets.Event, seq int64) int { return cmp.Compare(e.Seq, seq) })
}
