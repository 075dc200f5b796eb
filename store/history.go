package store

import (
	"cmp"
	"context"
	"math"
	"strings"

	"github.com/10ex/assets"
)

// VersionsBefore implements [assets.History]. It scans the primary key from its end.
func (r reader) VersionsBefore(ctx context.Context, workspace string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	before := cmp.Or(w.Before, math.MaxInt)
	p := newPage(r.db, w.Bytes, (*versionRow).version, (*assets.Version).StoredBytes)
	return readPage(ctx, r, p, r.hot.versionsBefore[boolToInt(w.Summary)], workspace, id, before, max(w.Limit, 0))
}

// summaryColumns are the columns of a version that a summary has.
const summaryColumns = "asset_id, number, media_type, size_bytes, sha256, filename, agent_slug, run_id, trace_id, brand_id, brief_id, model," +
	" source_type, rolled_back_from, approval, created_by, created_at, key, crc32, erased_at"

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
	return readPage(ctx, r, p, s.String(), s.args...)
}

// unreadColumns returns the columns that are not read for a list of versions.
func unreadColumns(summary bool) []string {
	if summary {
		return []string{"words", "parameters", "derived_from", "inputs"}
	}
	return []string{"words"}
}

// decided is the condition for reviews that are decisions. It is a literal, because
// asset_reviews_decisions has only those.
const decided = "action <> 'comment'"

// ReviewsBefore implements [assets.History]. It scans the primary key from its end, or
// asset_reviews_decided.
func (r reader) ReviewsBefore(ctx context.Context, workspace string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	before := w.Before
	if before == (assets.ReviewPosition{}) {
		before.Revision = math.MaxInt64
	}
	query := r.hot.reviewsBefore
	if w.Decisions {
		query = r.hot.decisionsBefore
	}
	return r.reviews(ctx, w.Bytes, query, workspace, id, before.Revision, before.ID, max(w.Limit, 0))
}

// reviews reads reviews with a query until they have maxBytes, if that is positive.
func (r reader) reviews(ctx context.Context, maxBytes int64, query string, args ...any) ([]assets.Review, error) {
	p := newPage(r.db, maxBytes, func(row *reviewRow) (assets.Review, error) { return row.review(), nil }, (*assets.Review).StoredBytes)
	return readPage(ctx, r, p, query, args...)
}
