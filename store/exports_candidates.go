package store

import (
	"context"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Approved implements [export.Freezing]: three statements for a page.
func (f *freeze) Approved(ctx context.Context, filter assets.Filter, w assets.Window) ([]export.Candidate, error) {
	filter.Approved = true
	page, err := f.Assets(ctx, f.record.Workspace, filter, w)
	if err != nil || len(page) == 0 {
		return []export.Candidate{}, err
	}
	stored, err := f.stored(ctx, page)
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

// storedRow is where the bytes of a version are, and how often its approval
// was withdrawn.
type storedRow struct {
	AssetID assets.ID     `bun:"asset_id"`
	Number  assets.Number `bun:"number"`
	Key     string        `bun:"key"`
	CRC32   int64         `bun:"crc32"`
	Times   int           `bun:"times"`
}

func (f *freeze) stored(ctx context.Context, page []*assets.Asset) (map[assets.Ref]storedRow, error) {
	var s sqlText
	s.WriteString("SELECT v.asset_id, v.number, v.key, v.crc32, coalesce(w.times, 0) AS times FROM ")
	s.lookUp(f.engine, lookUp{
		table: "asset_versions", columns: "workspace, asset_id, number, key, crc32", number: "number",
	}, f.record.Workspace, page)
	s.WriteString(" LEFT JOIN asset_withdrawals AS w ON w.workspace = v.workspace AND w.asset_id = v.asset_id AND w.version = v.number")
	var rows []storedRow
	if err := f.read(ctx, &rows, s.String(), s.args...); err != nil {
		return nil, err
	}
	found := make(map[assets.Ref]storedRow, len(rows))
	for _, r := range rows {
		found[assets.Ref{AssetID: r.AssetID, Version: r.Number}] = r
	}
	return found, nil
}

// approvals answers the newest review that approved each version.
func (f *freeze) approvals(ctx context.Context, page []*assets.Asset) (map[assets.Ref]assets.Review, error) {
	var s sqlText
	s.WriteString("SELECT v.* FROM ")
	s.lookUp(f.engine, lookUp{
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

// lookUp finds the rows of versions, by the primary key or an index that
// begins with workspace, asset and number.
type lookUp struct {
	table, columns string
	number         string // the column with the version's number
	also           string // a condition on the columns
}

// lookUp writes a table v of what a page names. Neither planner has a choice
// but to look up one version after the other: see writeForced.
func (s *sqlText) lookUp(e engine, l lookUp, workspace string, page []*assets.Asset) {
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
