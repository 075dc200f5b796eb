package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// deleteBatch is the maximum of rows that one transaction deletes, so that other
// writers do not wait long.
const deleteBatch = 1000

// Events implements [assets.Journal].
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	var rows []eventRow
	err := s.read(ctx, &rows, "SELECT * FROM asset_events WHERE seq > ? ORDER BY seq LIMIT ?", after, max(limit, 0))
	if err != nil {
		return nil, err
	}
	events := make([]assets.Event, len(rows))
	for i := range rows {
		events[i] = rows[i].event()
	}
	return events, nil
}

// PruneEvents implements [assets.Journal]. It keeps the newest event. With an error
// it returns the number of events removed before.
func (s *Store) PruneEvents(ctx context.Context, before assets.Time) (int, error) {
	return s.deleteInBatches(ctx, "DELETE FROM asset_events WHERE seq IN (SELECT seq FROM asset_events"+
		" WHERE at < ? AND seq < (SELECT max(seq) FROM asset_events) LIMIT ?)", before, deleteBatch)
}

// deleteInBatches repeats a DELETE of at most batch rows, each time in a
// transaction of its own, until it removes fewer. It returns the number of
// removed rows, also with an error.
func (s *Store) deleteInBatches(ctx context.Context, query string, which any, batch int) (int, error) {
	total := 0
	for {
		var n int64
		err := s.transact(ctx, s.lockWait, func(tx bun.Tx) (err error) {
			n, err = s.unit(tx).exec(ctx, query, which, batch)
			return err
		})
		if err != nil {
			return total, err
		}
		total += int(n)
		if int(n) < batch {
			return total, nil
		}
	}
}
