package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// metadataSize returns an expression for the size of the metadata.json of an export.
func (e engine) metadataSize() string {
	if e.postgres() {
		return "CAST(CAST(plan AS json) -> 'metadata' ->> 'size' AS bigint)"
	}
	return "json_extract(plan, '$.metadata.size')"
}

// usageRow is an [export.Usage].
type usageRow struct {
	Exports  int         `bun:"exports"`
	Metadata int64       `bun:"metadata"`
	Expiry   assets.Time `bun:"expiry"`
}

// Usage implements [export.Store].
func (s *Store) Usage(ctx context.Context, workspace string, at assets.Time) (export.Usage, error) {
	return s.usage(ctx, workspace, at)
}

// usage returns what the exports of a workspace take that expire after a time. It reads
// the rows of the workspace's exports by their index. Freeze keeps few of them, expired
// or not.
func (r reader) usage(ctx context.Context, workspace string, at assets.Time) (u export.Usage, err error) {
	var rows []usageRow
	err = r.read(ctx, &rows, "SELECT count(*) AS exports, CAST(coalesce(sum("+r.engine.metadataSize()+"), 0) AS bigint) AS metadata,"+
		" coalesce(min(expires_at), 0) AS expiry FROM asset_exports WHERE workspace = ? AND whole = 1 AND expires_at > ?",
		workspace, at)
	for _, row := range rows { // one
		u = export.Usage(row)
	}
	return u, err
}

// expiredRow is an export that has expired.
type expiredRow struct {
	ID       assets.ID `bun:"id"`
	Metadata int64     `bun:"metadata"`
}

// removeExpired removes the oldest exports of a workspace that expired at a time, so
// that those that are left are within the quota. It does so for the newest
// maxExpired of them.
func (s *Store) removeExpired(ctx context.Context, workspace string, at assets.Time, q export.Quota) error {
	if q == (export.Quota{}) {
		return nil
	}
	var rows []expiredRow
	err := s.read(ctx, &rows, "SELECT id, "+s.engine.metadataSize()+" AS metadata FROM asset_exports"+
		" WHERE workspace = ? AND whole = 1 AND expires_at <= ? ORDER BY id DESC LIMIT ?", workspace, at, maxExpired)
	if err != nil {
		return err
	}
	var kept export.Usage
	for len(rows) > 0 && q.Check(kept, rows[0].Metadata) == nil {
		kept.Exports++
		kept.Metadata += rows[0].Metadata
		rows = rows[1:]
	}
	for _, row := range rows {
		if err := s.removeExport(ctx, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// maxExpired is the maximum of expired exports that removeExpired looks at.
const maxExpired = 1000

// entryDeleteBatch is the maximum of entries that one transaction deletes. An entry may
// have 170 KiB.
const entryDeleteBatch = 50

// removeExport removes an export, its entries first.
func (s *Store) removeExport(ctx context.Context, id assets.ID) error {
	_, err := s.deleteInBatches(ctx, "DELETE FROM asset_export_entries WHERE (export, payload_at) IN"+
		" (SELECT export, payload_at FROM asset_export_entries WHERE export = ? LIMIT ?)", id, entryDeleteBatch)
	if err != nil {
		return err
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		_, err := s.unit(tx).exec(ctx, "DELETE FROM asset_exports WHERE id = ?", id)
		return err
	})
}
