package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// frozenExport is an export with its entries. It is immutable.
type frozenExport struct {
	record  export.Record
	entries []export.Entry
}

// Freeze implements [export.Store]. Entries do not change when an approval is
// withdrawn: every read compares them with the asset.
func (s *Store) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
	snapshot, err := s.latest(ctx)
	if err != nil {
		return err
	}
	f := &freeze{
		reader:    reader{func(ctx context.Context) (*state, error) { return snapshot, checkContext(ctx) }, &s.keys},
		workspace: r.Workspace, snapshot: snapshot,
	}
	if r.Plan, err = fn(f); err != nil {
		return err
	}
	r.Stale = false
	return s.change(ctx, func(next *state) error {
		if next.purgedSince(r.Workspace, f.entries) {
			return fmt.Errorf("memory store: the versions of export %s were removed meanwhile: %w", r.ID, assets.ErrUnavailable)
		}
		unexpired, expired := next.exportsOf(r.Workspace, r.CreatedAt)
		if err := q.Check(usage(unexpired), r.Plan.Metadata.Size); err != nil {
			return err
		}
		surplus := expired[countWithin(q, expired):]
		next.exports = withoutEntries(next.exports, func(id assets.ID, _ frozenExport) bool {
			return slices.ContainsFunc(surplus, func(r export.Record) bool { return r.ID == id })
		})
		next.exports = withEntry(next.exports, r.ID, frozenExport{r, next.withoutErased(r.Workspace, f.entries)})
		return nil
	})
}

// purgedSince reports whether every version of entries has been removed.
func (s *state) purgedSince(workspace string, entries []export.Entry) bool {
	return len(entries) > 0 && !slices.ContainsFunc(entries, func(e export.Entry) bool {
		_, ok := searchVersion(s.row(workspace, e.AssetID).versions, e.Version)
		return ok
	})
}

// exportsOf returns the exports of a workspace that expire after a time, and the
// others, newest first.
func (s *state) exportsOf(workspace string, at assets.Time) (unexpired, expired []export.Record) {
	for _, x := range s.exports {
		switch {
		case x.record.Workspace != workspace:
		case x.record.ExpiresAt > at:
			unexpired = append(unexpired, x.record)
		default:
			expired = append(expired, x.record)
		}
	}
	slices.SortFunc(expired, func(a, b export.Record) int { return cmp.Compare(b.ID, a.ID) })
	return unexpired, expired
}

// usage returns what exports take.
func usage(records []export.Record) (u export.Usage) {
	for _, r := range records {
		u.Exports++
		u.Metadata += r.Plan.Metadata.Size
		if u.Expiry == 0 || r.ExpiresAt < u.Expiry {
			u.Expiry = r.ExpiresAt
		}
	}
	return u
}

// countWithin returns how many of the first exports are within a quota.
func countWithin(q export.Quota, records []export.Record) int {
	for i, r := range records {
		if q.Check(usage(records[:i]), r.Plan.Metadata.Size) != nil {
			return i
		}
	}
	return len(records)
}

// Usage implements [export.Store].
func (s *Store) Usage(ctx context.Context, workspace string, at assets.Time) (export.Usage, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return export.Usage{}, err
	}
	unexpired, _ := now.exportsOf(workspace, at)
	return usage(unexpired), nil
}

// freeze implements [export.Freezing].
type freeze struct {
	reader
	workspace string
	snapshot  *state
	entries   []export.Entry
}

// Approved implements [export.Freezing].
func (f *freeze) Approved(ctx context.Context, filter assets.Filter, w assets.Window) ([]export.Candidate, error) {
	filter.Approved = true
	page, err := f.Assets(ctx, f.workspace, filter, w)
	if err != nil {
		return nil, err
	}
	candidates := make([]export.Candidate, len(page))
	for i, a := range page {
		row := f.snapshot.row(f.workspace, a.ID)
		n, ok := searchVersion(row.versions, a.Version)
		if !ok {
			return nil, fmt.Errorf("memory store: version %d of asset %s is approved and missing", a.Version, a.ID)
		}
		v := row.versions[n]
		candidates[i] = export.Candidate{Asset: a, Key: v.Key, CRC32: v.CRC32, Withdrawals: row.withdrawals[v.Number]}
		newest, _ := row.newestAttestation(func(a assets.Attestation) bool { return a.Version == v.Number })
		if newest.Signed() {
			candidates[i].Attestation = copyAttestation(newest)
		}
		for _, r := range row.reviews[v.Number] {
			if r.Action == assets.ActionApprove && r.ToStatus == assets.StatusApproved {
				candidates[i].Approval = r
			}
		}
	}
	return candidates, nil
}

// Add implements [export.Freezing].
func (f *freeze) Add(ctx context.Context, entries []export.Entry) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	for _, e := range entries {
		e.Document = slices.Clone(e.Document)
		f.entries = append(f.entries, e)
	}
	return nil
}

// findExport returns an export of a workspace, and the state that has it. It returns
// ErrNotFound if the workspace has no such export.
func (s *Store) findExport(ctx context.Context, workspace string, id assets.ID) (*state, frozenExport, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return nil, frozenExport{}, err
	}
	x, ok := now.exports[id]
	if !ok || x.record.Workspace != workspace {
		return now, frozenExport{}, notFound("export %s", id)
	}
	return now, x, nil
}

// withdrawn returns the entries of an export whose approval was withdrawn.
func (s *state) withdrawn(x frozenExport) []assets.Ref {
	refs := []assets.Ref{}
	for _, e := range x.entries {
		if s.row(x.record.Workspace, e.AssetID).withdrawals[e.Version] != e.Withdrawals {
			refs = append(refs, assets.Ref{AssetID: e.AssetID, Version: e.Version})
		}
	}
	return refs
}

// record returns the record of an export with its staleness.
func (s *state) record(x frozenExport) export.Record {
	r := x.record
	r.Stale = len(s.withdrawn(x)) > 0
	return r
}

// Export implements [export.Store].
func (s *Store) Export(ctx context.Context, workspace string, id assets.ID) (export.Record, error) {
	now, x, err := s.findExport(ctx, workspace, id)
	if err != nil {
		return export.Record{}, err
	}
	return now.record(x), nil
}

// Exports implements [export.Store].
func (s *Store) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	now, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	records := []export.Record{}
	for id, x := range now.exports {
		if x.record.Workspace == workspace && (before == "" || id < before) {
			records = append(records, x.record)
		}
	}
	slices.SortFunc(records, func(a, b export.Record) int { return cmp.Compare(b.ID, a.ID) })
	records = records[:min(max(limit, 0), len(records))]
	for i, r := range records {
		records[i] = now.record(now.exports[r.ID])
	}
	return records, nil
}

// StaleItems implements [export.Store].
func (s *Store) StaleItems(ctx context.Context, workspace string, id assets.ID) ([]assets.Ref, error) {
	now, x, err := s.findExport(ctx, workspace, id)
	if now == nil {
		return nil, err
	}
	return now.withdrawn(x), nil
}

// Entries implements [export.Store].
func (s *Store) Entries(
	ctx context.Context, workspace string, id assets.ID, section export.Section, at int64, limit int,
) ([]export.Entry, error) {
	now, x, err := s.findExport(ctx, workspace, id)
	if now == nil {
		return nil, err
	}
	if section == export.SectionTagManifest {
		x.entries = slices.DeleteFunc(slices.Clone(x.entries), func(e export.Entry) bool { return e.Attestation.SHA256 == "" })
	}
	i, found := slices.BinarySearchFunc(x.entries, at, func(e export.Entry, at int64) int {
		return cmp.Compare(e.At[section], at)
	})
	if !found {
		i--
	}
	if i < 0 {
		return []export.Entry{}, nil
	}
	entries := slices.Clone(x.entries[i:min(len(x.entries), i+max(limit, 0))])
	if section != export.SectionMetadata {
		for i := range entries {
			entries[i].Document = nil
		}
		return entries, nil
	}
	for i := range entries {
		if i > 0 && entries[i].At[section] >= at+export.DocumentSpan {
			return entries[:i], nil
		}
		entries[i].Document = slices.Clone(entries[i].Document)
	}
	return entries, nil
}
