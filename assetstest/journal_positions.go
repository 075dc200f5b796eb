package assetstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets"
)

// positionCases are about the order in which events appear.
var positionCases = []journalCase{
	{"positions have no gaps", func(t *journalT) {
		rollBack := errors.New("roll back")
		for i := range 12 {
			err := t.Update(t.Context(), func(tx assets.Tx) error {
				if err := tx.AddEvent(t.Context(), sampleEvent("w", i)); err != nil || i%3 > 0 {
					return err
				}
				return rollBack
			})
			if err != nil && !errors.Is(err, rollBack) {
				t.Fatal(err)
			}
		}
		t.positionsAre(1, 8)
		state, err := t.JournalState(t.Context())
		t.ok(err)
		if again, err := t.JournalState(t.Context()); err != nil || again != state || state.Pruned != 0 || state.Last != 8 {
			t.Errorf("the state is %+v, then %+v, %v", state, again, err)
		}
	}},
	{"the store has an id, which stays", func(t *journalT) {
		id, err := t.StoreID(t.Context())
		t.ok(err)
		t.record(sampleEvent("w", 1))
		if again, err := t.StoreID(t.Context()); err != nil || again != id || id == "" {
			t.Errorf("the id is %q, then %q, %v", id, again, err)
		}
	}},
	{"an event of an open transaction appears behind those that were committed before it", openTransaction},
	{"a follower sees each event once, those of an asset in the order of their commits", followed},
	{"a change closes the channel", func(t *journalT) {
		before := t.Changed()
		t.record(sampleEvent("w", 1))
		select {
		case <-before:
		case <-time.After(10 * time.Second):
			t.Error("nobody was told")
		}
		select {
		case <-t.Changed():
			t.Error("a change was told of that was before")
		default:
		}
	}},
}

// openTransaction reads the journal while an Update is open that has added an event.
func openTransaction(t *journalT) {
	t.record(sampleEvent("w", 1))
	added, finish := make(chan struct{}), make(chan struct{})
	var open sync.WaitGroup
	open.Go(func() {
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			if err := tx.AddEvent(t.Context(), sampleEvent("w", 2)); err != nil {
				return err
			}
			added <- struct{}{}
			<-finish
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-added
	overtakes := make(chan error, 1)
	open.Go(func() {
		overtakes <- t.Update(t.Context(), func(tx assets.Tx) error { return tx.AddEvent(t.Context(), sampleEvent("w", 3)) })
	})
	select { // a store with one writer at a time makes it wait
	case err := <-overtakes:
		t.ok(err)
	case <-time.After(100 * time.Millisecond):
	}
	brief, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	seen, err := t.Events(brief, 0, 10)
	if err != nil && !errors.Is(err, assets.ErrUnavailable) { // a database in memory lets nobody read meanwhile
		t.Error(err)
	}
	close(finish)
	open.Wait()
	last := int64(0)
	if len(seen) > 0 {
		last = seen[len(seen)-1].Position
	}
	rest, err := t.Events(t.Context(), last, 10)
	t.ok(err)
	got := make(map[assets.ID]int)
	for _, e := range append(seen, rest...) {
		got[e.Data.AssetID]++
	}
	for n := 1; n <= 3; n++ {
		if got[idOf(n)] != 1 {
			t.Errorf("event %d was seen %d times", n, got[idOf(n)])
		}
	}
	t.positionsAre(1, 3)
}

// followed reads the journal while several writers change the same assets.
func followed(t *journalT) {
	const writers, changes, shared = 6, 8, 3
	for n := range shared {
		t.put(sample("w", n))
	}
	rollBack := errors.New("roll back")
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.concurrently(writers, func(w int) error {
			for i := range changes {
				err := t.Update(t.Context(), func(tx assets.Tx) error {
					a, err := tx.Asset(t.Context(), "w", idOf((w+i)%shared)) // it locks the row
					if err != nil {
						return err
					}
					a.Revision++
					e := sampleEvent("w", 0)
					e.Data.AssetID, e.Data.Revision = a.ID, a.Revision
					if err := errors.Join(tx.PutAsset(t.Context(), a, nil), tx.AddEvent(t.Context(), e)); err != nil {
						return err
					}
					if i%4 == 3 {
						return rollBack
					}
					return nil
				})
				if err != nil && !errors.Is(err, rollBack) {
					return err
				}
			}
			return nil
		})
	}()
	revisions := make(map[assets.ID]int64)
	last := int64(0)
	for ended := false; ; {
		changed := t.Changed()
		page, err := t.Events(t.Context(), last, 5)
		t.ok(err)
		for _, e := range page {
			if e.Position != last+1 {
				t.Fatalf("position %d follows %d", e.Position, last)
			}
			if was, known := revisions[e.Data.AssetID]; known && e.Data.Revision != was+1 {
				t.Fatalf("revision %d of an asset follows %d", e.Data.Revision, was)
			}
			revisions[e.Data.AssetID], last = e.Data.Revision, e.Position
		}
		if len(page) > 0 {
			continue
		}
		if ended {
			break
		}
		select {
		case <-changed:
		case <-done:
			ended = true
		}
	}
	if want := int64(writers * changes * 3 / 4); last != want {
		t.Errorf("%d events, want %d", last, want)
	}
}

// selectionCases are about reading a part of the journal.
var selectionCases = []journalCase{
	{"a filter selects", func(t *journalT) {
		all := t.recordVariants()
		for _, f := range []assets.EventFilter{
			{},
			{Workspace: "a"},
			{Workspace: "none"},
			{Types: []assets.EventType{assets.EventApproved}},
			{Types: []assets.EventType{assets.EventApprovalRecorded, assets.EventArchived}},
			{AssetIDs: []assets.ID{idOf(1)}},
			{AssetIDs: []assets.ID{idOf(1), idOf(2)}},
			{CampaignID: "spring"},
			{CampaignID: "winter"},
			{CampaignID: "none"},
			{InForceChanged: true},
			{Workspace: "b", Types: []assets.EventType{assets.EventApproved}, CampaignID: "spring", InForceChanged: true},
		} {
			var want []assets.Event
			for _, e := range all {
				if f.Matches(&e) {
					want = append(want, e)
				}
			}
			got, err := t.SelectEvents(t.Context(), f, assets.EventWindow{Rows: 1000, Limit: 1000})
			t.ok(err)
			t.same(fmt.Sprintf("events with %+v", f), got.Events, want)
			if got.Seen.Position != int64(len(all)) || got.Seen.ID != all[len(all)-1].ID || got.After != (assets.Mark{}) || got.Cut {
				t.Errorf("%+v: seen %+v after %+v, cut: %t", f, got.Seen, got.After, got.Cut)
			}
		}
	}},
	{"a window ends", func(t *journalT) {
		all := t.recordVariants()
		size := all[0].StoredBytes()
		f := assets.EventFilter{Workspace: "a"}
		for _, w := range []assets.EventWindow{
			{Rows: 1, Limit: 10},
			{Rows: 7, Limit: 2},
			{Rows: 7, Limit: 3},
			{After: 5, Rows: 7, Limit: 10},
			{After: 5, Rows: 7, Limit: 1},
			{Rows: 1000, Limit: 1000, Bytes: 1},
			{After: 3, Rows: 1000, Limit: 1000, Bytes: 3 * size},
			{Rows: 1000, Limit: 1},
			{After: int64(len(all)), Rows: 5, Limit: 5},
			{After: int64(len(all)) + 5, Rows: 5, Limit: 5},
		} {
			got, err := t.SelectEvents(t.Context(), f, w)
			t.ok(err)
			want := selectFrom(all, f, w)
			t.same(fmt.Sprintf("window %+v", w), got.Events, want.Events)
			if got.Seen != want.Seen || got.After != want.After || got.Cut != want.Cut {
				t.Errorf("window %+v: seen %+v after %+v, cut %t; want %+v after %+v, %t", w, got.Seen, got.After, got.Cut, want.Seen, want.After, want.Cut)
			}
		}
	}},
}

// selectFrom selects from the whole journal as SelectEvents is described.
func selectFrom(all []assets.Event, f assets.EventFilter, w assets.EventWindow) assets.Selection {
	mark := func(e assets.Event) assets.Mark { return assets.Mark{Position: e.Position, ID: e.ID, At: e.At} }
	out := assets.Selection{Seen: assets.Mark{Position: w.After}, After: assets.Mark{Position: w.After}}
	first := slices.IndexFunc(all, func(e assets.Event) bool { return e.Position > w.After })
	if w.After > 0 && w.After <= int64(len(all)) {
		out.After = mark(all[w.After-1])
		out.Seen = out.After
	}
	if first < 0 {
		return out
	}
	bytes := int64(0)
	for _, e := range all[first:min(len(all), first+w.Rows)] {
		if f.Matches(&e) {
			bytes += e.StoredBytes()
			out.Cut = len(out.Events) > 0 && w.Bytes > 0 && bytes > w.Bytes
			if out.Cut || len(out.Events) == w.Limit {
				out.Seen = mark(out.Events[len(out.Events)-1])
				return out
			}
			out.Events = append(out.Events, e)
		}
		out.Seen = mark(e)
	}
	if len(out.Events) == w.Limit {
		out.Seen = mark(out.Events[len(out.Events)-1])
	}
	return out
}

// recordVariants records events that differ in what filters compare, and returns them.
func (t *journalT) recordVariants() []assets.Event {
	t.Helper()
	var all []assets.Event
	for i, typ := range assets.EventTypes() {
		for n, change := range []func(*assets.EventData){
			func(d *assets.EventData) { d.CampaignID = "spring" },
			func(d *assets.EventData) { d.CampaignID, d.CampaignBefore = "summer", "winter" },
			func(d *assets.EventData) { d.InForce = &assets.InForce{After: 1} },
			func(d *assets.EventData) { d.InForce = nil },
		} {
			e := sampleEvent([]string{"a", "b"}[n%2], i)
			e.ID, e.Type, e.Position = idOf(5000+10*i+n), typ, int64(len(all)+1)
			e.Data.CampaignID, e.Data.CampaignBefore, e.Data.InForce = "", "", &assets.InForce{Before: 2, After: 2}
			if typ == assets.EventApproved {
				e.Data.Status = assets.StatusApproved
			}
			change(&e.Data)
			all = append(all, e)
		}
	}
	t.record(all...)
	return all
}

// positionsAre checks that the journal has the positions from first to last.
func (t *journalT) positionsAre(first, last int64) {
	t.Helper()
	all, err := t.Events(t.Context(), 0, 1000)
	t.ok(err)
	var got, want []int64
	for _, e := range all {
		got = append(got, e.Position)
	}
	for p := first; p <= last; p++ {
		want = append(want, p)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the journal has the positions %v, want %v", got, want)
	}
}
