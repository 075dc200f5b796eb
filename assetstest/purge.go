package assetstest

import (
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	hook "github.com/10ex/assets/webhook/record"
)

// PurgerStore is a store with everything that a purge removes.
type PurgerStore interface {
	assets.Store
	assets.Journal
	assets.Attestations
	assets.Purger
	apikey.Store
	blob.Ledger
	export.Store
	hook.Store
}

// TestPurger tests an [assets.Purger] that is part of a store. open is as for
// [TestStore].
func TestPurger[S PurgerStore](t *testing.T, open func(t *testing.T) S) {
	for _, c := range purgeCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&purgeT{T: t, PurgerStore: open(t)})
		})
	}
}

// purgeT is a subtest with its own store.
type purgeT struct {
	*testing.T
	PurgerStore
}

type purgeCase struct {
	name string
	run  func(*purgeT)
}

var purgeCases = []purgeCase{
	{"a purge removes everything of a workspace, and nothing else", func(t *purgeT) {
		names := []string{"w", "W", "w'\\\"?0 ??\U0001F600"}
		for i, workspace := range names {
			t.fill(workspace, i)
			t.filled(workspace, i)
		}
		for i, workspace := range names {
			_, gone := t.purge(workspace)
			for _, key := range []string{keyOf(workspace, "content"), keyOf(workspace, "upload")} {
				if !slices.Contains(gone, key) {
					t.Errorf("%q: the key %s was not passed on: %v", workspace, key, gone)
				}
			}
			if used := keyOf(workspace, "used"); slices.Contains(gone, used) {
				t.Errorf("%q: the key of a used upload was passed on: %v", workspace, gone)
			}
			t.empty(workspace, i)
			for j := i + 1; j < len(names); j++ {
				t.filled(names[j], j)
			}
		}
		if rows, gone := t.purge("w"); rows != 0 || len(gone) > 0 {
			t.Errorf("a second purge has removed %d rows with %v", rows, gone)
		}
	}},
	{"what has no rows is not purged", func(t *purgeT) {
		t.fill("w", 0)
		if rows, gone := t.purge("none"); rows != 0 || len(gone) > 0 {
			t.Errorf("%d rows with %v were removed", rows, gone)
		}
		t.end("none", false)
		t.filled("w", 0)
	}},
	{"a purge ends once, with an event that clients do not see", func(t *purgeT) {
		t.fill("w", 0)
		t.fill("other", 1)
		before, err := t.JournalState(t.Context())
		t.ok(err)
		t.purge("w")
		while, err := t.JournalState(t.Context())
		t.ok(err)
		t.same("the end of the journal", while, before)
		t.end("w", true)
		t.end("w", false)
		if rows, _ := t.purge("w"); rows != 0 {
			t.Errorf("the second purge has removed %d rows", rows)
		}
		t.end("w", false)
		events, err := t.Events(t.Context(), 0, 100)
		t.ok(err)
		last := events[len(events)-1]
		if last.Type != assets.EventPurged || last.Workspace != "w" || last.Position != before.Last+1 {
			t.Errorf("the last event: %+v", last)
		}
		for _, e := range events[:len(events)-1] {
			if e.Workspace != "other" {
				t.Errorf("event %d is of %q", e.Position, e.Workspace)
			}
		}
		w := assets.EventWindow{Rows: 100, Limit: 100}
		found, err := t.SelectEvents(t.Context(), assets.EventFilter{Workspace: "w"}, w)
		t.ok(err)
		t.same("events for clients", len(found.Events), 0)
		found, err = t.SelectEvents(t.Context(), assets.EventFilter{Types: []assets.EventType{assets.EventPurged}}, w)
		t.ok(err)
		t.same("events for the host", len(found.Events), 1)
		t.fill("w", 0) // the workspace can be used again
		t.filled("w", 0)
		t.purge("w")
		t.end("w", true)
	}},
	{"a purge that fails half-way goes on", func(t *purgeT) {
		t.fill("w", 0)
		failed := errors.New("fails")
		if _, err := t.PurgeRows(t.Context(), "w", func([]string) error { return failed }); !errors.Is(err, failed) {
			t.Errorf("got error %v", err)
		}
		t.purge("w")
		t.empty("w", 0)
		t.end("w", true)
		t.ok(t.Scrub(t.Context()))
	}},
	{"a purge while an export is frozen leaves nothing of it", purgeDuringFreeze},
	{"a purge and a change of several assets do not wait for each other", purgeDuringChange},
}

// purgeDuringChange purges while a transaction locks one asset after the other by id.
func purgeDuringChange(t *purgeT) {
	x := newExportT(t.T, t.PurgerStore)
	for _, n := range []int{3, 2, 1} { // a database may find them in this order
		x.put(sample("w", n))
	}
	purged := make(chan error, 1)
	x.update(func(tx assets.Tx) error {
		a, err := tx.Asset(t.Context(), "w", idOf(1))
		if err != nil {
			return err
		}
		err = x.meanwhile(nil, func() {
			_, err := t.PurgeRows(t.Context(), "w", func([]string) error { return nil })
			purged <- err
		})
		for _, n := range []int{2, 3} {
			_, locked := tx.Asset(t.Context(), "w", idOf(n))
			err = errors.Join(err, locked)
		}
		return errors.Join(err, tx.PutAsset(t.Context(), a, nil))
	})
	t.ok(<-purged)
	t.empty("w", 0)
}

// purgeDuringFreeze purges between the snapshot of an export and its end, or during that in
// a database where writes wait for reads.
func purgeDuringFreeze(t *purgeT) {
	x := newExportT(t.T, t.PurgerStore)
	x.put(sample("w", 1), sample("w", 2))
	purged := make(chan error, 1)
	_ = t.Freeze(t.Context(), x.record("w", 100), export.Quota{}, func(f export.Freezing) (export.Plan, error) {
		plan, _, err := x.plan(f, "w", 100)
		return plan, x.meanwhile(err, func() {
			_, err := t.PurgeRows(t.Context(), "w", func([]string) error { return nil })
			purged <- err
		})
	}) // fails, or the export is purged
	t.ok(<-purged)
	x.hasNoExport("w", 100)
	if entries := x.entries("w", 100, export.SectionMetadata, 0, 10); len(entries) > 0 {
		t.Errorf("entries of %s are left", entries[0].AssetID)
	}
}

func (t *purgeT) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func (t *purgeT) same(what string, got, want any) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Errorf("%s differs:\n%s", what, d)
	}
}

// purge removes the rows of a workspace and returns the keys that they had.
func (t *purgeT) purge(workspace string) (rows int64, gone []string) {
	t.Helper()
	rows, err := t.PurgeRows(t.Context(), workspace, func(keys []string) error {
		gone = append(gone, keys...)
		return nil
	})
	t.ok(err)
	return rows, gone
}

// end ends a purge and compares whether there was one.
func (t *purgeT) end(workspace string, want bool) {
	t.Helper()
	e := assets.Event{ID: idOf(5000), Type: assets.EventPurged, At: baseTime, Workspace: workspace}
	e.Data.Via = assets.ViaGo
	ended, err := t.EndPurge(t.Context(), e)
	t.ok(err)
	if ended != want {
		t.Errorf("EndPurge of %q: %v, want %v", workspace, ended, want)
	}
}
