package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Freeze implements [export.Store]. It reads one snapshot while others write. It
// writes entries in batches, so that no writer waits long, and makes the export
// visible in one commit at the end. Only one freeze runs at a time: each needs two
// connections, and several could each hold one and wait for another.
func (s *Store) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
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
	if err := s.removeExpired(ctx, r.Workspace, r.CreatedAt, q); err != nil {
		return err
	}
	f := &freeze{store: s, record: r, quota: q}
	err := s.snapshot(ctx, func(r reader) (err error) {
		if f.concurrent, err = r.engine.canWriteWhileReading(ctx, r); err != nil {
			return err
		}
		f.reader = r
		f.record.Plan, err = fn(f)
		return err
	})
	if f.written {
		s.engine.checkpoint(ctx, s.db)
	}
	if err == nil {
		err = f.finish(ctx)
	}
	if err != nil && f.written {
		f.discard(ctx)
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
	quota      export.Quota
	concurrent bool // entries can be written while the snapshot is open

	pending      []entryRow // not written yet
	pendingBytes int        // of the documents in pending
	written      bool       // a batch was written
}

// One transaction writes so many entries, or fewer with so many bytes of documents, but
// at least one.
const (
	entryBatch      = 500
	entryBatchBytes = 1 << 20
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

// nextBatch removes the entries from pending that the next transaction writes.
func (f *freeze) nextBatch() (batch []entryRow) {
	n, size := 1, len(f.pending[0].Document)
	for n < min(len(f.pending), entryBatch) && size+len(f.pending[n].Document) <= entryBatchBytes {
		size += len(f.pending[n].Document)
		n++
	}
	batch, f.pending = f.pending[:n], f.pending[n:]
	return batch
}

// flush writes the pending entries.
func (f *freeze) flush(ctx context.Context) error {
	for len(f.pending) > 0 {
		batch := f.nextBatch()
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
	if err := u.lock(ctx, false, lockExports, f.record.Workspace); err != nil {
		return err
	}
	used, err := u.usage(ctx, f.record.Workspace, f.record.CreatedAt)
	if err != nil {
		return err
	}
	if err := f.quota.Check(used, f.record.Plan.Metadata.Size); err != nil {
		return err
	}
	if err := u.lockVersions(ctx, f.record.ID); err != nil {
		return err
	}
	_, err = u.exec(ctx, "UPDATE asset_export_entries AS e SET stale = 1 WHERE e.export = ? AND e.stale = 0"+
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

// discard removes the rows of a freeze that failed, in batches, so that no writer
// waits long. If it fails too, the sweep removes them later. It waits for a commit
// whose outcome is unknown, and leaves the rows if that has happened.
func (f *freeze) discard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.store.lockWait)
	defer cancel()
	incomplete := int64(0)
	err := f.store.transact(ctx, f.store.lockWait, func(tx bun.Tx) (err error) {
		incomplete, err = f.store.unit(tx).exec(ctx, "UPDATE asset_exports SET whole = 0 WHERE id = ? AND whole = 0", f.record.ID)
		return err
	})
	if err == nil && incomplete > 0 {
		_ = f.store.removeExport(ctx, f.record.ID)
	}
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
	s.writeVersions(f.engine, "workspace, asset_id, number, key, crc32", f.record.Workspace, refsOf(page))
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

// approvals returns the newest review that approved each version. It reads no other
// reviews of a version but newer ones, and the first of those that approved it.
func (f *freeze) approvals(ctx context.Context, page []*assets.Asset) (map[assets.Ref]assets.Review, error) {
	var s sqlText
	s.WriteString("SELECT v.* FROM ")
	s.writeNewestApprovals(f.engine, f.record.Workspace, refsOf(page))
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

// refsOf returns the versions that the assets on a page show.
func refsOf(page []*assets.Asset) []assets.Ref {
	refs := make([]assets.Ref, len(page))
	for i, a := range page {
		refs[i] = assets.Ref{AssetID: a.ID, Version: a.Version}
	}
	return refs
}

// writeVersions writes a table v with columns of versions. On both engines the planner
// can only look up one version after the other: see plan_postgres.go.
func (s *sqlText) writeVersions(e engine, columns, workspace string, versions []assets.Ref) {
	s.writeRefs(versions)
	const where = "v.workspace = ? AND v.asset_id = p.column1 AND v.number = p.column2"
	if e.postgres() {
		s.term(" CROSS JOIN LATERAL (SELECT "+columns+" FROM asset_versions AS v WHERE "+where+" OFFSET 0) AS v", workspace)
		return
	}
	s.term(" CROSS JOIN asset_versions AS v ON "+where, workspace)
}

// writeNewestApprovals writes a table v with the newest review that approved each
// version. On Postgres its conditions are those of reader.Reviews, for the same reason.
func (s *sqlText) writeNewestApprovals(e engine, workspace string, versions []assets.Ref) {
	s.writeRefs(versions)
	const approved = " AND action = 'approve' AND to_status = 'approved'"
	if e.postgres() {
		s.term(" CROSS JOIN LATERAL (SELECT * FROM asset_reviews AS v WHERE v.workspace = ? AND v.asset_id = p.column1"+
			" AND v.version BETWEEN p.column2 AND p.column2"+approved+
			" ORDER BY v.version DESC, v.revision DESC, v.id DESC LIMIT 1) AS v", workspace)
		return
	}
	s.term(" CROSS JOIN asset_reviews AS v ON v.rowid = (SELECT rowid FROM asset_reviews"+e.indexedBy("asset_reviews_version")+
		" WHERE workspace = ? AND asset_id = p.column1 AND version = p.column2"+approved+
		" ORDER BY revision DESC, id DESC LIMIT 1)", workspace)
}

// writeRefs writes a table p with the id and the number of each version.
func (s *sqlText) writeRefs(versions []assets.Ref) {
	s.WriteString("(VALUES ")
	for i, v := range versions {
		if i > 0 {
			s.WriteString(", ")
		}
		s.term("(?, ?)", v.AssetID, v.Version)
	}
	s.WriteString(") AS p")
}
