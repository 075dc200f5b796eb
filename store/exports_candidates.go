package store

import (
	"context"
	"fmt"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// Approved implements [export.Freezing] with four statements for a page.
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
	attested, err := f.attestations(ctx, page)
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
			Attestation: attested[ref],
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

// attestations returns the newest attestation of each version, if it is signed.
func (f *freeze) attestations(ctx context.Context, page []*assets.Asset) (map[assets.Ref]assets.Attestation, error) {
	var s sqlText
	s.WriteString("SELECT t.* FROM ")
	s.writeNewestAttestations(f.engine, f.record.Workspace, refsOf(page))
	var rows []attestationRow
	if err := f.read(ctx, &rows, s.String(), s.args...); err != nil {
		return nil, err
	}
	found := make(map[assets.Ref]assets.Attestation, len(rows))
	for i := range rows {
		a, err := rows[i].attestation()
		if err != nil {
			return nil, err
		}
		if a.Signed() {
			found[assets.Ref{AssetID: a.AssetID, Version: a.Version}] = a
		}
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
	const approved = " AND " + decided + " AND action = 'approve' AND to_status = 'approved'"
	if e.postgres() {
		s.term(" CROSS JOIN LATERAL (SELECT * FROM asset_reviews AS v WHERE v.workspace = ? AND v.asset_id = p.column1"+
			" AND v.version BETWEEN p.column2 AND p.column2"+approved+
			" ORDER BY v.version DESC, v.revision DESC, v.id DESC LIMIT 1) AS v", workspace)
		return
	}
	s.term(" CROSS JOIN asset_reviews AS v ON v.rowid = (SELECT rowid FROM asset_reviews"+e.indexedBy("asset_reviews_decisions")+
		" WHERE workspace = ? AND asset_id = p.column1 AND version = p.column2"+approved+
		" ORDER BY revision DESC, id DESC LIMIT 1)", workspace)
}

// writeNewestAttestations writes a table t with the newest attestation of each version.
func (s *sqlText) writeNewestAttestations(e engine, workspace string, versions []assets.Ref) {
	s.writeRefs(versions)
	const newest = " WHERE workspace = ? AND asset_id = p.column1 AND version = p.column2 ORDER BY revision DESC LIMIT 1"
	if e.postgres() {
		s.term(" CROSS JOIN LATERAL (SELECT * FROM asset_attestations"+newest+") AS t", workspace)
		return
	}
	s.term(" CROSS JOIN asset_attestations AS t ON t.rowid = (SELECT rowid FROM asset_attestations"+newest+")", workspace)
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
