package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Freeze implements [export.Store]. It reads one snapshot while others write. It
// writes entries in batches, so that no writer waits long, and makes the export
// visible in one commit at the end. Only one freeze runs at a time: each needs two
// connections, and several could each hold one and wait for another.
func (s *Store) Freeze(ctx context.Context, r export.Record, fn func(export.Freezing) (export.Plan, error)) error {
	select {
	case s.freezeSlot <- struct{}{}:
		defer func() { <-s.freezeSlot }()
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	// Its writes check this again. The snapshot does not: Migrate would wait for its
	// end, and the writes for Migrate.
	if err := s.checkUnchanged(ctx, s.db); err != nil {
		return err
	}
	f := &freeze{store: s, record: r}
	err := s.snapshot(ctx, func(r reader) (err error) {
		if f.concurrent, err = r.engine.canWriteWhileReading(ctx, r); err != nil {
			return err
		}
		f.reader = r
		f.record.Plan, err = fn(f)
		return err
	})
	if err == nil {
		err = f.finish(ctx)
	}
	if err != nil && f.written {
		f.discard(context.WithoutCancel(ctx))
	}
	return err
}

// canWriteWhileReading reports whether one transaction can write while another
// reads. On a SQLite database without a write-ahead log, such as one in memory,
// they wait for each other.
func (e engine) canWriteWhileReading(ctx context.Context, r reader) (bool, error) {
	if e.postgres() {
		return true, nil
	}
	var journal string
	err := r.read(ctx, &journal, "PRAGMA journal_mode")
	return journal == "wal", err
}

// freeze is an [export.Freezing].
type freeze struct {
	reader
	store      *Store
	record     export.Record
	concurrent bool // entries can be written while the snapshot is open

	pending      []entryRow // not written yet
	pendingBytes int        // of the documents in pending
	written      bool       // a batch was written
}

const (
	entryBatch      = 500     // maximum of rows that one transaction writes
	entryBatchBytes = 4 << 20 // of documents that are collected in memory before they are written
)

// Add implements [export.Freezing].
func (f *freeze) Add(ctx context.Context, entries []export.Entry) error {
	for i := range entries {
		f.pending = append(f.pending, newEntryRow(f.record.Workspace, f.record.ID, &entries[i]))
		f.pendingBytes += len(entries[i].Document)
	}
	if f.concurrent && f.pendingBytes >= entryBatchBytes {
		return f.flush(ctx)
	}
	return nil
}

// flush writes the pending entries.
func (f *freeze) flush(ctx context.Context) error {
	for batch := range slices.Chunk(f.pending, entryBatch) {
		err := f.store.transact(ctx, f.store.lockWait, func(tx bun.Tx) error {
			u := f.store.unit(tx)
			if !f.written { // by this row the sweep finds the entries of a freeze that never finishes
				if err := f.putExport(ctx, u, 0); err != nil {
					return err
				}
			}
			return u.put(ctx, u.db.NewInsert().Model(&batch))
		})
		if err != nil {
			return err
		}
		f.written = true
	}
	f.pending, f.pendingBytes = nil, 0
	return nil
}

// finish writes the remaining entries and publishes the export.
func (f *freeze) finish(ctx context.Context) error {
	if err := f.flush(ctx); err != nil {
		return err
	}
	return f.store.transact(ctx, f.store.lockWait, func(tx bun.Tx) error {
		return f.publish(ctx, f.store.unit(tx))
	})
}

// publish marks the entries whose approval was withdrawn since the snapshot and
// makes the export visible. It waits for a withdrawal that is not committed yet; a
// later one waits for this commit and then marks the entry: see
// unit.recordWithdrawal.
func (f *freeze) publish(ctx context.Context, u *unit) error {
	if err := u.lockVersions(ctx, f.record.ID); err != nil {
		return err
	}
	_, err := u.exec(ctx, "UPDATE asset_export_entries AS e SET stale = 1 WHERE e.export = ? AND e.stale = 0"+
		" AND e.withdrawals <> coalesce((SELECT w.times FROM asset_withdrawals AS w"+
		" WHERE w.workspace = e.workspace AND w.asset_id = e.asset_id AND w.version = e.version), 0)", f.record.ID)
	if err != nil {
		return err
	}
	var written int
	if err := u.read(ctx, &written, "SELECT count(*) FROM asset_export_entries WHERE export = ?", f.record.ID); err != nil {
		return err
	}
	if int64(written) != f.record.Plan.Items {
		return fmt.Errorf("store: export %s has %d entries of %d", f.record.ID, written, f.record.Plan.Items)
	}
	return f.putExport(ctx, u, 1)
}

// putExport writes the row of the export. complete is 1 in the last write, which
// makes it visible, and 0 before.
func (f *freeze) putExport(ctx context.Context, u *unit, complete int) error {
	row, err := newExportRow(f.record)
	if err != nil {
		return err
	}
	row.Complete = complete
	return u.put(ctx, u.db.NewInsert().Model(row).On("CONFLICT (id) DO UPDATE"))
}

// discard removes the rows of a freeze that failed. If it fails too, the sweep
// removes them later.
func (f *freeze) discard(ctx context.Context) {
	_ = f.store.transact(ctx, f.store.lockWait, func(tx bun.Tx) error {
		u := f.store.unit(tx)
		complete := 0
		if err := u.read(ctx, &complete, "SELECT whole FROM asset_exports WHERE id = ?", f.record.ID); err != nil || complete != 0 {
			return err // the outcome of the commit was unknown, and it has happened
		}
		if _, err := u.exec(ctx, "DELETE FROM asset_export_entries WHERE export = ?", f.record.ID); err != nil {
			return err
		}
		_, err := u.exec(ctx, "DELETE FROM asset_exports WHERE id = ?", f.record.ID)
		return err
	})
}

// Approved implements [export.Freezing] with three statements for a page.
func (f *freeze) Approved(ctx context.Context, filter assets.Filter, w assets.Window) ([]export.Candidate, error) {
	filter.Approved = true
	page, err := f.Assets(ctx, f.record.Workspace, filter, w)
	if err != nil || len(page) == 0 {
		return []export.Candidate{}, err
	}
	stored, err := f.storedVersions(ctx, page)
	if err != nil {
		return nil, err
	}
	approvals, err := f.approvals(ctx, page)
	if err != nil {
		return nil, err
	}
	candidates := make([]export.Candidate, len(page))
	for i, a := range page {
		ref := assets.Ref{AssetID: a.ID, Version: a.Version}
		row, ok := stored[ref]
		if !ok {
			return nil, fmt.Errorf("store: version %d of asset %s is approved and missing", a.Version, a.ID)
		}
		candidates[i] = export.Candidate{
			Asset: a, Key: row.Key, CRC32: uint32(row.CRC32), Withdrawals: row.Times, Approval: approvals[ref],
		}
	}
	return candidates, nil
}

// storedVersion has the key of a version's content and the number of times that its
// approval was withdrawn.
type storedVersion struct {
	AssetID assets.ID     `bun:"asset_id"`
	Number  assets.Number `bun:"number"`
	Key     string        `bun:"key"`
	CRC32   int64         `bun:"crc32"`
	Times   int           `bun:"times"`
}

func (f *freeze) storedVersions(ctx context.Context, page []*assets.Asset) (map[assets.Ref]storedVersion, error) {
	var s sqlText
	s.WriteString("SELECT v.asset_id, v.number, v.key, v.crc32, coalesce(w.times, 0) AS times FROM ")
	s.writeVersionLookup(f.engine, versionLookup{
		table: "asset_versions", columns: "workspace, asset_id, number, key, crc32", number: "number",
	}, f.record.Workspace, page)
	s.WriteString(" LEFT JOIN asset_withdrawals AS w ON w.workspace = v.workspace AND w.asset_id = v.asset_id AND w.version = v.number")
	var rows []storedVersion
	if err := f.read(ctx, &rows, s.String(), s.args...); err != nil {
		return nil, err
	}
	found := make(map[assets.Ref]storedVersion, len(rows))
	for _, r := range rows {
		found[assets.Ref{AssetID: r.AssetID, Version: r.Number}] = r
	}
	return found, nil
}

// approvals returns the newest review that approved each version.
func (f *freeze) approvals(ctx context.Context, page []*assets.Asset) (map[assets.Ref]assets.Review, error) {
	var s sqlText
	s.WriteString("SELECT v.* FROM ")
	s.writeVersionLookup(f.engine, versionLookup{
		table: "asset_reviews", columns: "*", number: "version", also: " AND action = 'approve' AND to_status = 'approved'",
	}, f.record.Workspace, page)
	s.WriteString(" ORDER BY v.revision, v.id")
	var rows []reviewRow
	if err := f.read(ctx, &rows, s.String(), s.args...); err != nil {
		return nil, err
	}
	found := make(map[assets.Ref]assets.Review, len(page))
	for i := range rows {
		r := rows[i].review()
		found[assets.Ref{AssetID: r.AssetID, Version: r.Version}] = r
	}
	return found, nil
}

// versionLookup names the table whose rows of some versions are read, by a key or
// index that begins with workspace, asset and number.
type versionLookup struct {
	table, columns string
	number         string // the column with the version's number
	also           string // a condition on the columns
}

// writeVersionLookup writes a table v with the rows of the versions on a page. On
// both engines the planner can only look up one version after the other: see
// plan_postgres.go.
func (s *sqlText) writeVersionLookup(e engine, l versionLookup, workspace string, page []*assets.Asset) {
	s.WriteString("(VALUES ")
	for i, a := range page {
		if i > 0 {
			s.WriteString(", ")
		}
		s.term("(?, ?)", a.ID, a.Version)
	}
	where := "v.workspace = ? AND v.asset_id = p.column1 AND v." + l.number + " = p.column2" + l.also
	if e.postgres() {
		s.term(") AS p CROSS JOIN LATERAL (SELECT "+l.columns+" FROM "+l.table+" AS v WHERE "+where+" OFFSET 0) AS v", workspace)
		return
	}
	s.term(") AS p CROSS JOIN "+l.table+" AS v ON "+where, workspace)
}
