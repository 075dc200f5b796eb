package store

import (
	"context"

	"github.com/10ex/assets"
)

// Assets implements [assets.Reader]. It is one statement that scans one index in
// id order and reads about Limit rows: see [plan].
func (r reader) Assets(ctx context.Context, workspace string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	query, args := newPlan(r.engine, workspace, f, w).statement()
	p := newPage(r.db, w.Bytes, (*perspectiveRow).asset, func(a **assets.Asset) int64 { return (*a).StoredBytes() })
	return readPage(ctx, r, p, query, args...)
}

// commonLists returns the statements of Assets that most calls run: those for all assets, for
// a status, for a type and for both, newest first, from the beginning and behind a cursor. On
// Postgres there are none, since it would parse and plan them at each call all the same.
func commonLists(e engine) (texts []string) {
	if e.postgres() {
		return nil
	}
	statuses, types := []assets.Status{assets.StatusDraft}, []assets.Type{assets.TypeCopy}
	for _, f := range []assets.Filter{{}, {Statuses: statuses}, {Types: types}, {Statuses: statuses, Types: types}} {
		for _, after := range []assets.ID{"", "id"} {
			text, _ := newPlan(e, "workspace", f, assets.Window{After: after}).statement()
			texts = append(texts, text)
		}
	}
	return texts
}

// Count implements [assets.Catalog]. It reads everything that matches, from an
// index alone where one has all the columns.
func (r reader) Count(ctx context.Context, workspace string, f assets.Filter) (int64, error) {
	query, args := newPlan(r.engine, workspace, f, assets.Window{}).countStatement()
	var n int64
	err := r.read(ctx, &n, query, args...)
	return n, err
}

// CountWindow implements [assets.Catalog].
func (r reader) CountWindow(ctx context.Context, workspace string, f assets.Filter, w assets.Window) (int64, error) {
	query, args := newPlan(r.engine, workspace, f, w).statement()
	var n int64
	err := r.read(ctx, &n, "SELECT count(*) FROM ("+query+") AS counted", args...)
	return n, err
}

// TagCounts implements [assets.Catalog]. It scans an index that has only the tags
// that count, in its order, and stops after Limit tags.
func (r reader) TagCounts(ctx context.Context, workspace string, w assets.TagWindow) ([]assets.TagCount, error) {
	var s sqlText
	s.WriteString("SELECT key, value, count(*) AS count FROM asset_tags")
	s.WriteString(r.engine.indexedBy("asset_tags_counted"))
	s.term(" WHERE counted = 1 AND workspace = ?", workspace)
	switch {
	case w.Key == "":
		s.term(" AND (key, value) > (?, ?)", w.After.Key, w.After.Value)
	case w.After.Key < w.Key:
		s.term(" AND key = ?", w.Key)
	case w.After.Key == w.Key:
		s.term(" AND key = ? AND value > ?", w.Key, w.After.Value)
	default: // the window begins after the key
		return []assets.TagCount{}, nil
	}
	s.term(" GROUP BY key, value ORDER BY key, value LIMIT ?", max(w.Limit, 0))
	counts := []assets.TagCount{}
	err := r.read(ctx, &counts, s.String(), s.args...)
	return counts, err
}
