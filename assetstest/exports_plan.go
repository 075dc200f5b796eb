package assetstest

import (
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
)

// approvedRecord is a sample whose approved version takes 16 bytes, of a title
// that others share.
func approvedRecord(workspace string, n int) *record {
	r := sample(workspace, n)
	r.current.Title, r.versions[0].Content.SizeBytes = "Same title", 16
	r.approved = shownAs(r.current, r.versions[0])
	return r
}

// record is the n-th export to be.
func (t *exportT) record(workspace string, n int) export.Record {
	at := baseTime + assets.Time(n)
	return export.Record{ID: idOf(n), Workspace: workspace, CreatedBy: "ann", CreatedAt: at, ExpiresAt: at + 1000}
}

// plan freezes all that is approved, and answers the entries as they were
// added.
func (t *exportT) plan(f export.Freezing, workspace string, n int) (export.Plan, []export.Entry, error) {
	r := t.record(workspace, n)
	planner := export.NewPlanner(r.ID, r.CreatedBy, r.CreatedAt)
	var all []export.Entry
	w := assets.Window{Ascending: true, Limit: 300}
	for {
		page, err := f.Approved(t.Context(), assets.Filter{}, w)
		if err != nil {
			return export.Plan{}, nil, err
		}
		var entries []export.Entry
		for _, c := range page {
			e, err := planner.Add(c)
			if err != nil {
				return export.Plan{}, nil, err
			}
			entries = append(entries, e)
			w.After = c.Asset.ID
		}
		if err := f.Add(t.Context(), entries); err != nil {
			return export.Plan{}, nil, err
		}
		if all = append(all, entries...); len(page) < w.Limit {
			return planner.Plan(), all, nil
		}
	}
}

// freeze makes the n-th export. meanwhile runs within it, behind the snapshot.
func (t *exportT) freeze(workspace string, n int, meanwhile func()) (export.Record, []export.Entry) {
	t.Helper()
	r := t.record(workspace, n)
	var entries []export.Entry
	err := t.Freeze(t.Context(), r, func(f export.Freezing) (_ export.Plan, err error) {
		if meanwhile != nil { // the first read begins a snapshot, in some databases
			if _, err := f.Approved(t.Context(), assets.Filter{}, assets.Window{Limit: 1}); err != nil {
				return export.Plan{}, err
			}
			meanwhile()
		}
		r.Plan, entries, err = t.plan(f, workspace, n)
		return r.Plan, err
	})
	t.ok(err)
	return r, entries
}

// sectioned are entries as a section shows them.
func sectioned(entries []export.Entry, s export.Section) []export.Entry {
	shown := slices.Clone(entries)
	for i := range shown {
		if s != export.SectionMetadata {
			shown[i].Document = nil
		}
	}
	return shown
}

func (t *exportT) entries(workspace string, n int, s export.Section, at int64, limit int) []export.Entry {
	t.Helper()
	entries, err := t.Entries(t.Context(), workspace, idOf(n), s, at, limit)
	t.ok(err)
	return entries
}

func (t *exportT) list(workspace string, before assets.ID, limit int) []export.Record {
	t.Helper()
	records, err := t.Exports(t.Context(), workspace, before, limit)
	t.ok(err)
	return records
}

// nothing checks that a workspace has no trace of an export.
func (t *exportT) nothing(workspace string, n int) {
	t.Helper()
	if _, err := t.Export(t.Context(), workspace, idOf(n)); !absent(err) {
		t.Errorf("Export in %q: %v, want ErrNotFound", workspace, err)
	}
	for _, r := range t.list(workspace, "", 100) {
		if r.ID == idOf(n) {
			t.Errorf("Exports in %q has it", workspace)
		}
	}
	t.same("entries", t.entries(workspace, n, export.SectionPayload, 0, 10), []export.Entry{})
	items, err := t.StaleItems(t.Context(), workspace, idOf(n))
	t.ok(err)
	t.same("stale items", items, []assets.Ref{})
}

func (t *exportT) delete(workspace string, ns ...int) error {
	return t.Update(t.Context(), func(tx assets.Tx) error {
		for _, n := range ns {
			if err := tx.DeleteAsset(t.Context(), workspace, idOf(n)); err != nil {
				return err
			}
		}
		return nil
	})
}
