package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
)

// purgeBatch is the maximum of rows that one transaction of a purge removes, and
// purgeScan of those that it reads in a table without an index of workspaces.
const (
	purgeBatch = 500
	purgeLong  = 100 // of rows with long texts
	purgeScan  = 10_000
)

// purgeStep removes the rows of a workspace from one table, or from tables that belong
// together.
type purgeStep struct {
	table string // with the column workspace
	which string // of its rows; empty: all
	order string // of an index that begins with workspace, in which Postgres locks rows
	batch int
	scan  string // the column of the primary key by which all rows are read; empty: there is an index
	from  any    // a value of it below all: "" or 0

	index string // the full-text index of SQLite whose rows the table numbers; may be empty
	// key is the column with keys of contents, if rows have them, and named the condition
	// under which a row has one that no other row needs, if not all have.
	key, named string
}

// purgeSteps returns what a purge does, in this order. Tables without a row for a
// workspace are not in it: of the host, and those that other steps empty.
func (e engine) purgeSteps() []purgeStep {
	steps := []purgeStep{
		// What gives access.
		{table: "asset_links", order: "id", batch: purgeBatch}, // before the keys that they end with
		{table: "asset_keys", order: "prefix", batch: purgeBatch},
		{table: "asset_webhooks", order: "id", batch: purgeBatch},
		{table: "asset_uploads", order: "id", batch: purgeBatch, key: "key", named: "used_at = 0"}, // a used one is that of a version
		{table: "asset_exports", order: "id", batch: purgeBatch},
		// What shows assets. Changes of several assets lock their current rows by id first.
		{table: "asset_perspectives", which: "perspective = 'current'", order: "id", batch: purgeLong},
		{table: "asset_perspectives", order: "perspective, id", batch: purgeLong},
		{table: "asset_tags", order: "perspective, key, value, id", batch: purgeBatch},
		{table: "asset_unindexed", order: "id, version", batch: purgeBatch},
	}
	if e.postgres() {
		steps = append(steps,
			purgeStep{table: "asset_words", order: "id, version", batch: purgeLong},
			purgeStep{table: "asset_search", order: "perspective, id", batch: purgeLong})
	} else {
		steps = append(steps,
			purgeStep{table: "asset_indexed", batch: purgeLong, index: "asset_words"},
			purgeStep{table: "asset_documents", batch: purgeLong, index: "asset_search"})
	}
	return append(
		steps,
		purgeStep{table: "asset_export_entries", order: "asset_id, version", batch: purgeLong},
		purgeStep{table: "asset_versions", order: "asset_id, number", batch: purgeLong, key: "key"},
		purgeStep{table: "asset_reviews", order: "asset_id, revision, id", batch: purgeBatch},
		purgeStep{table: "asset_withdrawals", order: "asset_id, version", batch: purgeBatch},
		purgeStep{table: "asset_attestations", order: "asset_id, version, revision", batch: purgeLong},
		purgeStep{table: "asset_requests", order: "subject, operation, key", batch: purgeBatch},
		purgeStep{table: "asset_deliveries", batch: purgeScan, scan: "id", from: ""},
		purgeStep{table: "asset_events", which: "kind <> 'purged'", batch: purgeScan, scan: "seq", from: 0},
	)
}

// PurgeRows implements [assets.Purger].
func (s *Store) PurgeRows(ctx context.Context, workspace string, gone func(keys []string) error) (total int64, err error) {
	for {
		removed := int64(0)
		for _, step := range s.engine.purgeSteps() {
			n, err := s.purgeTable(ctx, step, workspace, gone)
			removed += n
			total += n
			if err != nil {
				return total, err
			}
		}
		if removed == 0 {
			return total, nil
		}
	}
}

// purgeTable runs a step until it finds nothing.
func (s *Store) purgeTable(ctx context.Context, step purgeStep, workspace string, gone func(keys []string) error) (total int64, err error) {
	if step.scan != "" {
		return s.purgeScanned(ctx, step, workspace)
	}
	for {
		var n int64
		var keys []string
		err := s.overwritingTx(ctx, func(u *unit) (err error) {
			n, keys, err = u.purgeNext(ctx, step, workspace)
			return err
		})
		if err != nil {
			return total, err
		}
		total += n
		if len(keys) > 0 {
			if err := gone(keys); err != nil {
				return total, err
			}
		}
		if n < int64(step.batch) {
			return total, nil
		}
	}
}

// purgeNext removes the next rows of a step, with the small contents that they name. It
// returns the keys that they have.
func (u *unit) purgeNext(ctx context.Context, step purgeStep, workspace string) (n int64, keys []string, err error) {
	row := u.engine.rowID()
	var next []string // numbers of rows, and on Postgres such as (0,1)
	query := "SELECT CAST(" + row + " AS TEXT) FROM " + step.table + " WHERE workspace = ?"
	if step.which != "" {
		query += " AND " + step.which
	}
	if u.engine.postgres() { // in one order, so that no two transactions wait for each other
		query += " ORDER BY " + step.order
	}
	query += " LIMIT ?" + u.engine.forUpdate()
	if err := u.read(ctx, &next, query, workspace, step.batch); err != nil || len(next) == 0 {
		return 0, nil, err
	}
	which, args := row+" IN (?)", []any{bun.List(next)}
	if u.engine.postgres() {
		which, args = row+" = ANY (ARRAY[?]::tid[])", []any{bun.List(next)}
	}
	if step.key != "" {
		query := "SELECT DISTINCT " + step.key + " FROM " + step.table + " WHERE " + step.key + " <> '' AND " + which
		if step.named != "" {
			query += " AND " + step.named
		}
		if err := u.read(ctx, &keys, query, args...); err != nil {
			return 0, nil, err
		}
		if err := u.purgeContents(ctx, keys); err != nil {
			return 0, nil, err
		}
	}
	if step.index != "" {
		if err := u.removeFromIndex(ctx, step.index, step.table, " WHERE "+which, args...); err != nil {
			return 0, nil, err
		}
	}
	n, err = u.exec(ctx, "DELETE FROM "+step.table+" WHERE "+which, args...)
	if err == nil {
		err = u.recordPurge(ctx, workspace)
	}
	return n, keys, err
}

// purgeContents removes the small contents under keys.
func (u *unit) purgeContents(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := u.exec(ctx, "DELETE FROM asset_contents WHERE key IN (?)", bun.List(keys))
	return err
}

// recordPurge records that rows of a workspace were removed.
func (u *unit) recordPurge(ctx context.Context, workspace string) error {
	_, err := u.exec(ctx, "INSERT INTO asset_purges (workspace, began_at) VALUES (?, "+u.engine.now()+") ON CONFLICT (workspace) DO NOTHING", workspace)
	if err != nil {
		return err
	}
	return u.markUnscrubbed(ctx)
}

// purgeScanned removes the rows of a workspace from a table without an index of workspaces,
// in windows of its primary key.
func (s *Store) purgeScanned(ctx context.Context, step purgeStep, workspace string) (total int64, err error) {
	rest := ""
	if step.which != "" {
		rest = " AND " + step.which
	}
	for after := step.from; ; {
		var n int64
		var to any
		ends := false
		err := s.overwritingTx(ctx, func(u *unit) (err error) {
			var last []string
			query := "SELECT CAST(max(k) AS TEXT) FROM (SELECT " + step.scan + " AS k FROM " + step.table +
				" WHERE " + step.scan + " > ? ORDER BY " + step.scan + " LIMIT ?) AS w HAVING count(*) > 0"
			if err := u.read(ctx, &last, query, after, step.batch); err != nil {
				return err
			}
			if ends = len(last) == 0; ends {
				return nil
			}
			if to = last[0]; step.from == 0 {
				to = bun.Safe(last[0]) // a number
			}
			n, err = u.exec(ctx, "DELETE FROM "+step.table+" WHERE "+step.scan+" > ? AND "+step.scan+" <= ? AND workspace = ?"+rest, after, to, workspace)
			if err == nil && n > 0 {
				err = u.recordPurge(ctx, workspace)
			}
			return err
		})
		if err != nil {
			return total, err
		}
		if total += n; ends {
			return total, nil
		}
		after = to
	}
}

// EndPurge implements [assets.Purger].
func (s *Store) EndPurge(ctx context.Context, e assets.Event) (ended bool, err error) {
	row, err := newEventRow(e)
	if err != nil {
		return false, err
	}
	err = s.overwritingTx(ctx, func(u *unit) error {
		n, err := u.exec(ctx, "DELETE FROM asset_purges WHERE workspace = ?", e.Workspace)
		if ended = n > 0; err != nil || !ended {
			return err
		}
		return u.add(ctx, u.hot.addEvent, row)
	})
	if ended && err == nil {
		s.changed.Send()
	}
	return ended && err == nil, err
}
