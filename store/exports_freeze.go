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
	purged       bool       // the workspace was purged since the snapshot
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
			if err := u.dropErased(ctx, batch); err != nil {
				return err
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

// dropErased removes the documents of entries whose version was erased since the snapshot,
// before they are written.
func (u *unit) dropErased(ctx context.Context, batch []entryRow) error {
	refs := make([]assets.Ref, len(batch))
	for i, e := range batch {
		refs[i] = assets.Ref{AssetID: e.AssetID, Version: e.Version}
	}
	var s sqlText
	s.WriteString("SELECT v.asset_id, v.number FROM ")
	s.writeVersions(u.engine, "workspace, asset_id, number, erased_at", batch[0].Workspace, refs)
	s.WriteString(" WHERE v.erased_at <> 0")
	var erased []storedVersion
	if err := u.read(ctx, &erased, s.String(), s.args...); err != nil {
		return err
	}
	for i := range batch {
		if slices.ContainsFunc(erased, func(v storedVersion) bool { return v.AssetID == batch[i].AssetID && v.Number == batch[i].Version }) {
			batch[i].Document = ""
		}
	}
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

// publish marks the entries whose approval was withdrawn since the snapshot, removes the
// documents of those that were erased, and makes the export visible. It waits for a
// withdrawal that is not committed yet; a later one waits for this commit and then marks
// the entry: see unit.recordWithdrawal.
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
	if err := f.checkPurged(ctx, u); err != nil {
		return err
	}
	_, err = u.exec(ctx, "UPDATE asset_export_entries AS e SET stale = 1 WHERE e.export = ? AND e.stale = 0"+
		" AND e.withdrawals <> coalesce((SELECT w.times FROM asset_withdrawals AS w"+
		" WHERE w.workspace = e.workspace AND w.asset_id = e.asset_id AND w.version = e.version), 0)", f.record.ID)
	if err != nil {
		return err
	}
	if err := u.eraseDocuments(ctx, f.record.ID); err != nil {
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

// eraseDocuments removes the documents of an export whose versions an erasure has erased
// that was committed while they were written, which is possible on Postgres.
func (u *unit) eraseDocuments(ctx context.Context, id assets.ID) error {
	_, err := u.exec(ctx, "UPDATE asset_export_entries SET document = '' WHERE export = ? AND stale = 1 AND document <> ''"+
		" AND EXISTS (SELECT 1 FROM asset_versions AS v WHERE v.workspace = asset_export_entries.workspace"+
		" AND v.asset_id = asset_export_entries.asset_id AND v.number = asset_export_entries.version AND v.erased_at <> 0)", id)
	return err
}

// checkPurged returns ErrUnavailable if a purge has removed every version of the export
// since the snapshot. While one of them is there, and locked, a purge goes on and finds the
// export.
func (f *freeze) checkPurged(ctx context.Context, u *unit) error {
	if f.record.Plan.Items == 0 {
		return nil
	}
	var some []int
	err := u.read(ctx, &some, "SELECT 1 FROM asset_export_entries AS e JOIN asset_versions AS v"+
		" ON v.workspace = e.workspace AND v.asset_id = e.asset_id AND v.number = e.version"+
		" WHERE e.export = ? LIMIT 1", f.record.ID)
	if err == nil && len(some) == 0 {
		f.purged = true
		err = fmt.Errorf("store: the versions of export %s were removed meanwhile: %w", f.record.ID, assets.ErrUnavailable)
	}
	return err
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
		err = f.store.removeExport(ctx, f.record.ID)
	}
	if err == nil && f.purged { // and its pages may have been overwritten before
		_ = f.store.transact(ctx, f.store.lockWait, func(tx bun.Tx) error { return f.store.unit(tx).markUnscrubbed(ctx) })
	}
}
