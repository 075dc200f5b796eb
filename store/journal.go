package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// deleteBatch is the maximum of rows that one transaction deletes, so that other
// writers do not wait long.
const deleteBatch = 1000

// StoreID implements [assets.StoreIdentifier].
func (r reader) StoreID(ctx context.Context) (string, error) { return r.meta(ctx, storeID) }

// JournalState implements [assets.Journal].
func (s *Store) JournalState(ctx context.Context) (assets.JournalState, error) {
	s.numberForRead(ctx)
	// Not max(seq): a purge may have removed the newest rows.
	last := "max(pruned, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'asset_events'), 0))"
	if s.engine.postgres() {
		last = "last"
	}
	var row struct{ Pruned, Last int64 }
	err := s.read(ctx, &row, "SELECT pruned, "+last+" AS last FROM asset_journal")
	return assets.JournalState(row), err
}

// Changed implements [assets.Journal].
func (s *Store) Changed() <-chan struct{} { return s.changed.Next() }

// Events implements [assets.Journal].
func (s *Store) Events(ctx context.Context, after int64, limit int) ([]assets.Event, error) {
	s.numberForRead(ctx)
	return s.eventsAfter(ctx, after, limit, 0)
}

// eventsAfter returns at most limit events behind a position. It ends with the second one or
// later if they have more than maxBytes, which is no limit if it is 0.
func (r reader) eventsAfter(ctx context.Context, after int64, limit int, maxBytes int64) ([]assets.Event, error) {
	p := newPage(r.db, maxBytes, (*eventRow).event, (*assets.Event).StoredBytes)
	at := r.engine.position()
	return readPage(ctx, r, p, "SELECT * FROM asset_events WHERE "+at+" > ? ORDER BY "+at+" LIMIT ?", after, max(limit, 0))
}

// SelectEvents implements [assets.Journal]. It is one statement, so that nothing is
// pruned between its parts: the row at w.After, those that the filter selects, and the
// last one of the window. The end of the window is found in the index alone.
func (s *Store) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	s.numberForRead(ctx)
	at := s.engine.position()
	var q sqlText
	q.term("WITH w AS (SELECT max("+at+") AS last FROM (SELECT "+at+" FROM asset_events WHERE "+at+" > ? ORDER BY "+at+" LIMIT ?) AS n)"+
		" SELECT * FROM (SELECT * FROM (SELECT e.* FROM asset_events AS e, w WHERE e."+at+" > ? AND e."+at+" <= w.last",
		w.After, max(w.Rows, 0), w.After)
	q.and(eventConditions(f)...)
	q.term(" ORDER BY e."+at+" LIMIT ?) AS f"+
		" UNION ALL SELECT e.* FROM asset_events AS e WHERE e."+at+" = ?"+
		" UNION ALL SELECT e.* FROM asset_events AS e, w WHERE e."+at+" = w.last) AS u ORDER BY u."+at,
		max(w.Limit, 0), w.After)
	p := newPage(s.db, w.Bytes, (*eventRow).event, func(e *assets.Event) int64 {
		if e.Position == w.After {
			return 0 // it is not returned
		}
		return e.StoredBytes()
	})
	rows, err := readPage(ctx, s.reader, p, q.String(), q.args...)
	if err != nil {
		return assets.Selection{}, err
	}
	return selection(rows, f, w), nil
}

// selection makes the result of SelectEvents of its rows, which ascend.
func selection(rows []assets.Event, f assets.EventFilter, w assets.EventWindow) assets.Selection {
	found := assets.Selection{After: assets.Mark{Position: w.After}, Seen: assets.Mark{Position: w.After}}
	bytes := int64(0)
	for _, e := range rows {
		here := assets.Mark{Position: e.Position, ID: e.ID, At: e.At}
		switch {
		case e.Position == w.After:
			found.After = here
		case e.Position == found.Seen.Position: // the last of the window, a second time
		case f.Matches(&e):
			bytes += e.StoredBytes()
			if len(found.Events) >= w.Limit {
				return found
			}
			if len(found.Events) > 0 && w.Bytes > 0 && bytes > w.Bytes {
				found.Cut = true
				return found
			}
			found.Events = append(found.Events, e)
		case len(found.Events) >= w.Limit: // what lies between was not looked at
			return found
		}
		found.Seen = here
	}
	return found
}

// eventConditions returns the conditions of a filter.
func eventConditions(f assets.EventFilter) []condition {
	var all []condition
	if f.Workspace != "" {
		all = append(all, condition{sql: "e.workspace = ? AND e.kind <> 'purged'", args: []any{f.Workspace}})
	}
	if len(f.Types) > 0 {
		var types []string
		var kinds []any
		for _, t := range f.Types {
			text := "e.kind = ?"
			switch t {
			case assets.EventApproved:
				text += " AND e.status = 'approved'"
			case assets.EventApprovalRecorded:
				text += " AND e.status <> 'approved'"
			}
			types, kinds = append(types, text), append(kinds, t.Kind())
		}
		all = append(all, condition{sql: "(" + strings.Join(types, " OR ") + ")", args: kinds})
	}
	if len(f.AssetIDs) > 0 {
		all = append(all, condition{sql: "e.asset_id IN (?)", args: []any{bun.List(f.AssetIDs)}})
	}
	if f.CampaignID != "" {
		all = append(all, condition{sql: "(e.campaign_id = ? OR e.campaign_before = ?)", args: []any{f.CampaignID, f.CampaignID}})
	}
	if f.InForceChanged {
		all = append(all, condition{sql: "(e.in_force_before IS NULL OR e.in_force_before <> e.in_force_after)"})
	}
	return all
}

// PruneEvents implements [assets.Journal]. With an error it returns the number of
// events removed before.
func (s *Store) PruneEvents(ctx context.Context, before assets.Time) (int, error) {
	if err := s.number(ctx); err != nil {
		return 0, err
	}
	total := 0
	for {
		n, more := 0, false
		err := s.transact(ctx, s.lockWait, func(tx bun.Tx) (err error) {
			n, more, err = s.unit(tx).pruneEvents(ctx, before)
			return err
		})
		if err != nil {
			return total, err
		}
		if total += n; !more {
			return total, nil
		}
	}
}

// pruneEvents removes the next events, and reports whether there may be more to remove.
func (u *unit) pruneEvents(ctx context.Context, before assets.Time) (n int, more bool, err error) {
	var pruned int64
	if err := u.read(ctx, &pruned, "SELECT pruned FROM asset_journal"+u.engine.forUpdate()); err != nil {
		return 0, false, err
	}
	var rows []eventRow
	at := u.engine.position()
	err = u.read(ctx, &rows, "SELECT "+at+", at FROM asset_events WHERE "+at+" > ? ORDER BY "+at+" LIMIT ?", pruned, deleteBatch+1)
	if err != nil {
		return 0, false, err
	}
	for n < len(rows)-1 && rows[n].At < before {
		n++
	}
	if n == 0 {
		return 0, false, nil
	}
	to := rows[n-1].position()
	if _, err := u.exec(ctx, "DELETE FROM asset_events WHERE "+at+" <= ?", to); err != nil {
		return 0, false, err
	}
	_, err = u.exec(ctx, "UPDATE asset_journal SET pruned = ?", to)
	return n, n == deleteBatch, err
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
