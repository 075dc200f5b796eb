package assetstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
)

// ExportStore is a store that keeps exports too.
type ExportStore interface {
	assets.Store
	blob.Ledger
	export.Store
}

// TestExports tests an [export.Store] that is part of a store. open is as for
// [TestStore].
func TestExports[S ExportStore](t *testing.T, open func(t *testing.T) S) {
	for _, c := range slices.Concat(exportCases, staleCases, erasedExportCases, quotaCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newExportT(t, open(t)))
		})
	}
}

// exportT is a subtest with its own store.
type exportT struct {
	storeT
	ExportStore
}

func newExportT(t *testing.T, s ExportStore) *exportT {
	return &exportT{storeT{T: t, Store: s}, s}
}

type exportCase struct {
	name string
	run  func(*exportT)
}

var exportCases = []exportCase{
	{"every field comes back", func(t *exportT) {
		for _, workspace := range []string{"w", "w'\\\"?0 ??\U0001F600"} {
			t.put(sample(workspace, 1), sample(workspace, 2))
			t.attest(workspace, 2)
			want, entries := t.freeze(workspace, 100, nil)
			got, err := t.Export(t.Context(), workspace, idOf(100))
			t.ok(err)
			t.same("export", got, want)
			for s := range export.SectionTagManifest + 1 {
				t.same("entries", t.entries(workspace, 100, s, 0, 10), shownIn(entries, s))
			}
			t.ok(t.delete(workspace, 1, 2))
			_, err = t.Expire(t.Context(), want.ExpiresAt+1)
			t.ok(err)
		}
	}},
	{"candidates have what their version and its approval have", candidates},
	{"entries are found by any byte of theirs", entriesByByte},
	{"an attestation of another change than the approval is left out", otherAttestations},
	{"exports are listed newest first, each once", func(t *exportT) {
		t.put(sample("w", 1), sample("a", 1))
		var want []export.Record
		for n := range 5 {
			r, _ := t.freeze("w", 100+n, nil)
			want = append([]export.Record{r}, want...)
		}
		t.freeze("a", 200, nil)
		t.same("first page", t.list("w", "", 3), want[:3])
		t.same("second page", t.list("w", want[2].ID, 3), want[3:])
		t.same("nothing", t.list("w", want[4].ID, 3), []export.Record{})
		t.same("no limit", t.list("w", "", 0), []export.Record{})
	}},
	{"another workspace's export is not found TEN05", func(t *exportT) {
		t.put(sample("w", 1))
		t.freeze("w", 100, nil)
		for _, workspace := range []string{"a", "W", ""} {
			t.hasNoExport(workspace, 100)
		}
		t.hasNoExport("w", 101)
	}},
	{"a freeze that fails leaves nothing to be seen", func(t *exportT) {
		t.put(sample("w", 1))
		want := errors.New("fn failed")
		err := t.Freeze(t.Context(), t.record("w", 100), export.Quota{}, func(f export.Freezing) (export.Plan, error) {
			_, _, err := t.plan(f, "w", 100)
			return export.Plan{}, errors.Join(err, want)
		})
		if !errors.Is(err, want) {
			t.Errorf("Freeze: %v, want fn's error", err)
		}
		t.hasNoExport("w", 100)
		t.freeze("w", 100, nil) // the id is free
	}},
	{"a freeze ends with its context", func(t *exportT) {
		t.put(sample("w", 1))
		ctx, cancel := context.WithCancel(t.Context())
		err := t.Freeze(ctx, t.record("w", 100), export.Quota{}, func(f export.Freezing) (export.Plan, error) {
			p, _, err := t.plan(f, "w", 100)
			cancel()
			return p, err
		})
		if !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("Freeze: %v, want ErrUnavailable", err)
		}
		t.hasNoExport("w", 100)
	}},
	{"expiry removes exports that expired before the time", func(t *exportT) {
		t.put(sample("w", 1))
		old, _ := t.freeze("w", 100, nil)
		young, _ := t.freeze("w", 101, nil)
		for _, step := range []struct {
			before assets.Time
			n      int
			left   []export.Record
		}{
			{old.ExpiresAt, 0, []export.Record{young, old}},
			{old.ExpiresAt + 1, 1, []export.Record{young}},
			{young.ExpiresAt + 1, 1, []export.Record{}},
		} {
			n, err := t.Expire(t.Context(), step.before)
			t.ok(err)
			if n != step.n {
				t.Errorf("expired %d, want %d", n, step.n)
			}
			t.same("left", t.list("w", "", 10), step.left)
		}
		t.hasNoExport("w", 100)
	}},
	{"more entries than are written at once", func(t *exportT) {
		const n = 600
		t.update(func(tx assets.Tx) error {
			for i := range n {
				if err := approvedRecord("w", i).write(t.Context(), tx); err != nil {
					return err
				}
			}
			return nil
		})
		r, entries := t.freeze("w", 5_000, nil)
		if r.Plan.Items != n || len(entries) != n {
			t.Fatalf("%d items of %d entries, want %d", r.Plan.Items, len(entries), n)
		}
		for _, at := range []int64{0, entries[n/2].At[export.SectionManifest], entries[n-1].At[export.SectionManifest]} {
			i := slices.IndexFunc(entries, func(e export.Entry) bool { return e.At[export.SectionManifest] == at })
			t.same("entries", t.entries("w", 5_000, export.SectionManifest, at, 3),
				shownIn(entries[i:min(i+3, n)], export.SectionManifest))
		}
	}},
}

// candidates checks which candidates Freezing.Approved returns.
func candidates(t *exportT) {
	r := sample("w", 1)
	superseded, shortOfQuorum := sampleReview("w", r.versions[0], 1, assets.ActionApprove), sampleReview("w", r.versions[0], 5, assets.ActionApprove)
	superseded.ToStatus, shortOfQuorum.ToStatus = assets.StatusApproved, assets.StatusPendingReview
	r.reviews = append(r.reviews, superseded, shortOfQuorum)
	draft := sample("w", 2)
	draft.approved = nil
	t.put(r, draft, sample("a", 3))
	for filter, want := range map[*assets.Filter][]*record{
		{}:                                   {r},
		{IDs: []assets.ID{idOf(1), idOf(2)}}: {r},
		{CampaignID: "other"}:                nil,
	} {
		err := t.Freeze(t.Context(), t.record("w", 100), export.Quota{}, func(f export.Freezing) (export.Plan, error) {
			page, err := f.Approved(t.Context(), *filter, assets.Window{Ascending: true, Limit: 10})
			t.ok(err)
			expected := []export.Candidate{}
			for _, r := range want {
				expected = append(expected, export.Candidate{
					Asset: r.approved, Key: r.versions[0].Key, CRC32: r.versions[0].CRC32, Approval: r.reviews[0],
				})
			}
			t.same("candidates", page, expected)
			return export.Plan{}, errDone
		})
		if !errors.Is(err, errDone) {
			t.Errorf("Freeze: %v", err)
		}
	}
}

var errDone = errors.New("seen enough")

// entriesByByte reads entries at every boundary of every section.
func entriesByByte(t *exportT) {
	var records []*record
	for n := range 5 {
		records = append(records, approvedRecord("w", n))
	}
	t.put(records...)
	t.attest("w", 1, 3)
	_, all := t.freeze("w", 100, nil)
	for s := range export.SectionTagManifest + 1 {
		entries := shownIn(all, s)
		for i, e := range entries {
			last := e.At[s] + 10
			if i+1 < len(entries) {
				last = entries[i+1].At[s] - 1
			}
			for _, at := range []int64{e.At[s], e.At[s] + 1, last} {
				for _, limit := range []int{1, 2, 100} {
					t.same(fmt.Sprintf("section %d at %d, limit %d", s, at, limit),
						t.entries("w", 100, s, at, limit), entries[i:min(i+limit, len(entries))])
				}
			}
		}
		t.same("no limit", t.entries("w", 100, s, 0, 0), []export.Entry{})
		t.same("before the first", t.entries("w", 100, s, -1, 1), []export.Entry{})
	}
}

// otherAttestations has versions whose newest approval, of revision 2, is not what their
// newest attestation states.
func otherAttestations(t *exportT) {
	t.put(sample("w", 1), sample("w", 2), sample("w", 3))
	t.attest("w", 1)
	before, withdrawal := sampleAttestation("w", 2, 1, 1), sampleAttestation("w", 3, 1, 2)
	withdrawal.Withdrawn = true
	t.update(func(tx assets.Tx) error {
		for _, a := range []assets.Attestation{before, withdrawal} {
			a.KeyID, a.Signature = "key", []byte("signature")
			if err := tx.AddAttestations(t.Context(), []assets.Attestation{a}); err != nil {
				return err
			}
		}
		return nil
	})
	_, entries := t.freeze("w", 100, nil)
	var attested []assets.ID
	for _, e := range entries {
		if e.Attestation.SHA256 != "" {
			attested = append(attested, e.AssetID)
		}
	}
	t.same("entries with an attestation", attested, []assets.ID{idOf(1)})
}

// approvedRecord returns a sample whose approved version has 16 bytes and whose
// title is that of all others.
func approvedRecord(workspace string, n int) *record {
	r := sample(workspace, n)
	r.current.Title, r.versions[0].Content.SizeBytes = "Same title", 16
	r.approved = shownAs(r.current, r.versions[0])
	return r
}

// attest adds a signed attestation of version 1 of each of some samples.
func (t *exportT) attest(workspace string, ns ...int) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, n := range ns {
			a := sampleAttestation(workspace, n, 1, 2)
			a.KeyID, a.Signature = "key", []byte("signature")
			if err := tx.AddAttestations(t.Context(), []assets.Attestation{a}); err != nil {
				return err
			}
		}
		return nil
	})
}

// record returns the n-th export, without a plan.
func (t *exportT) record(workspace string, n int) export.Record {
	at := baseTime + assets.Time(n)
	return export.Record{ID: idOf(n), Workspace: workspace, CreatedBy: "ann", CreatedAt: at, ExpiresAt: at + 1000}
}

// plan adds all approved assets to an export and returns its plan and entries.
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

// freeze creates the n-th export. If meanwhile is not nil, it runs after the
// snapshot was taken.
func (t *exportT) freeze(workspace string, n int, meanwhile func()) (export.Record, []export.Entry) {
	t.Helper()
	r := t.record(workspace, n)
	var entries []export.Entry
	err := t.Freeze(t.Context(), r, export.Quota{}, func(f export.Freezing) (_ export.Plan, err error) {
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

// shownIn returns the entries that have a range in a section, as the store must return
// them for it.
func shownIn(entries []export.Entry, s export.Section) []export.Entry {
	shown := slices.Clone(entries)
	if s == export.SectionTagManifest {
		shown = slices.DeleteFunc(shown, func(e export.Entry) bool { return e.Attestation.SHA256 == "" })
	}
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

// hasNoExport checks that no method of the store finds the n-th export in a
// workspace.
func (t *exportT) hasNoExport(workspace string, n int) {
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
