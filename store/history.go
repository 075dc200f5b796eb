package store

import (
	"context"
	"strings"

	"github.com/10ex/assets"
)

// VersionsBefore implements [assets.History]. It scans the primary key from its end.
func (r reader) VersionsBefore(ctx context.Context, workspace string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	if w.Limit <= 0 { // bun takes 0 for no limit
		return []assets.Version{}, nil
	}
	q := r.db.NewSelect().Model((*versionRow)(nil)).ExcludeColumn(unreadColumns(w.Summary)...).
		Where("workspace = ?", workspace).Where("asset_id = ?", id).
		Order("number DESC").Limit(int64(w.Limit))
	if w.Before != 0 {
		q.Where("number < ?", w.Before)
	}
	p := newPage(r.db, w.Bytes, (*versionRow).version, (*assets.Version).StoredBytes)
	err := r.statement(ctx, func(ctx context.Context) error { return q.Conn(r.conn).Scan(ctx, p) })
	return p.items, err
}

// summaryColumns are the columns of a version that a summary has.
const summaryColumns = "asset_id, number, media_type, size_bytes, sha256, filename, agent_slug, run_id, trace_id, brand_id, brief_id, model," +
	" source_type, rolled_back_from, approval, created_by, created_at, key, crc32"

// VersionsAt implements [assets.History]. It is one statement that looks each version
// up by the primary key.
func (r reader) VersionsAt(ctx context.Context, workspace string, versions []assets.Ref) ([]assets.Version, error) {
	if len(versions) == 0 {
		return []assets.Version{}, nil
	}
	var s sqlText
	s.WriteString("SELECT v." + strings.ReplaceAll(summaryColumns, ", ", ", v.") + " FROM ")
	s.writeVersions(r.engine, "workspace, "+summaryColumns, workspace, versions)
	p := newPage(r.db, 0, (*versionRow).version, (*assets.Version).StoredBytes)
	err := r.read(ctx, p, s.String(), s.args...)
	return p.items, err
}

// unreadColumns returns the columns that are not read for a list of versions.
func unreadColumns(summary bool) []string {
	if summary {
		return []string{"words", "parameters", "derived_from", "inputs"}
	}
	return []string{"words"}
}

// ReviewsBefore implements [assets.History]. It scans the primary key from its end.
func (r reader) ReviewsBefore(ctx context.Context, workspace string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	if w.Limit <= 0 {
		return []assets.Review{}, nil
	}
	q := r.db.NewSelect().Model((*reviewRow)(nil)).
		Where("workspace = ?", workspace).Where("asset_id = ?", id).
		Order("revision DESC", "id DESC").Limit(int64(w.Limit))
	if w.Before != (assets.ReviewPosition{}) {
		q.Where("(revision, id) < (?, ?)", w.Before.Revision, w.Before.ID)
	}
	p := newPage(r.db, w.Bytes, func(row *reviewRow) (assets.Review, error) { return row.review(), nil }, (*assets.Review).StoredBytes)
	err := r.statement(ctx, func(ctx context.Context) error { return q.Conn(r.conn).Scan(ctx, p) })
	return p.items, err
}
