package memory

import (
	"context"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// EraseContent implements [assets.Tx].
func (t *tx) EraseContent(ctx context.Context, workspace string, id assets.ID, key string, at assets.Time) error {
	return t.write(ctx, func(s *state) error {
		r := s.row(workspace, id)
		r.versions = slices.Clone(r.versions)
		erased := map[assets.Number]bool{}
		for i := range r.versions {
			v := &r.versions[i]
			if v.Key != key || v.ErasedAt != 0 {
				continue
			}
			erased[v.Number] = true
			v.ErasedAt, v.Words, v.Provenance.Parameters, v.Provenance.Inputs = at, "", nil, nil
			r.withdrawals = withEntry(r.withdrawals, v.Number, r.withdrawals[v.Number]+1) // exports are stale by that
		}
		if len(erased) == 0 {
			return nil
		}
		r.current, r.approved = erasedAsset(r.current, erased, at), erasedAsset(r.approved, erased, at)
		r.words = [2][]string{r.searchWords(r.current), r.searchWords(r.approved)}
		s.put(workspace, r)
		s.condemned = withEntry(s.condemned, key, at)
		s.eraseDocuments(workspace, id, erased)
		t.removed = append(t.removed, key)
		return nil
	})
}

// erasedAsset returns a copy of an asset that shows an erased version, and any other one
// unchanged.
func erasedAsset(a *assets.Asset, erased map[assets.Number]bool, at assets.Time) *assets.Asset {
	if a == nil || !erased[a.Version] {
		return a
	}
	c := copyAsset(a)
	c.ErasedAt, c.Provenance.Parameters, c.Provenance.Inputs = at, nil, nil
	return c
}

// eraseDocuments removes the documents of the entries of exports with versions.
func (s *state) eraseDocuments(workspace string, id assets.ID, erased map[assets.Number]bool) {
	has := func(e export.Entry) bool { return e.AssetID == id && erased[e.Version] }
	for _, x := range s.exports {
		if x.record.Workspace != workspace || !slices.ContainsFunc(x.entries, has) {
			continue
		}
		x.entries = slices.Clone(x.entries)
		for i := range x.entries {
			if has(x.entries[i]) {
				x.entries[i].Document = nil
			}
		}
		s.exports = withEntry(s.exports, x.record.ID, x)
	}
}

// withoutErased removes the documents of entries whose version was erased since the
// snapshot of their export.
func (s *state) withoutErased(workspace string, entries []export.Entry) []export.Entry {
	for i := range entries {
		row := s.row(workspace, entries[i].AssetID)
		if n, ok := searchVersion(row.versions, entries[i].Version); ok && row.versions[n].ErasedAt != 0 {
			entries[i].Document = nil
		}
	}
	return entries
}
