package assetstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/10ex/assets"
)

// JournalStore is a store with its journal.
type JournalStore interface {
	assets.Store
	assets.Journal
}

// TestJournal tests an [assets.Journal] that is part of a store. open is as for
// [TestStore].
func TestJournal[S JournalStore](t *testing.T, open func(t *testing.T) S) {
	for _, c := range slices.Concat(journalCases, positionCases, selectionCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			c.run(&journalT{storeT: storeT{T: t, Store: s}, Journal: s})
		})
	}
}

// journalT is a subtest with its own store.
type journalT struct {
	storeT
	assets.Journal
}

// journalCase is one subtest of the suite.
type journalCase struct {
	name string
	run  func(*journalT)
}

var journalCases = []journalCase{
	{"every field comes back", func(t *journalT) {
		want := []assets.Event{sampleEvent("a", 1), sampleEvent("a/b", 2)}
		want[1] = assets.Event{
			ID: idOf(3), At: baseTime, Workspace: "A", Type: assets.EventDeleted,
			Data: assets.EventData{AssetID: idOf(2), AssetType: assets.TypeCopy, Tags: assets.Tags{}, Status: assets.StatusDraft, InForce: &assets.InForce{}, By: "x"},
		}
		for i, s := range verbatim() {
			e := sampleEvent(s, i)
			e.Data.By, e.Data.Comment, e.Data.Tags, e.Details = s, s, assets.Tags{"k": {s}}, quoted(s)
			want = append(want, e)
		}
		t.record(want...)
		t.journalIs(want)
	}},
	{"the journal keeps its own copies", func(t *journalT) {
		e := sampleEvent("w", 1)
		t.record(e)
		e.Details[0] = 'x'
		for range 2 {
			got, err := t.Events(t.Context(), 0, 10)
			t.ok(err)
			if len(got) != 1 || string(got[0].Details) != string(sampleEvent("w", 1).Details) {
				t.Fatalf("the journal was changed from outside: %s", got[0].Details)
			}
			got[0].Details[0] = 'y'
		}
	}},
	{"pages ascend behind a number", func(t *journalT) {
		for i := range 20 {
			t.record(sampleEvent("w", i))
		}
		all, err := t.Events(t.Context(), 0, 1000)
		t.ok(err)
		var walked []assets.Event
		for after := int64(0); ; {
			page, err := t.Events(t.Context(), after, 3)
			t.ok(err)
			if len(page) == 0 {
				break
			}
			if len(page) > 3 || page[0].Position <= after {
				t.Fatalf("after %d: %d rows from %d", after, len(page), page[0].Position)
			}
			walked = append(walked, page...)
			after = page[len(page)-1].Position
		}
		t.same("walk", walked, all)
		if none, err := t.Events(t.Context(), 0, 0); err != nil || len(none) != 0 {
			t.Errorf("limit 0: %d rows, %v", len(none), err)
		}
	}},
	{"several rows of one Update keep their order", func(t *journalT) {
		want := []assets.Event{sampleEvent("w", 3), sampleEvent("w", 1), sampleEvent("w", 2)}
		t.record(want...)
		t.journalIs(want)
	}},
	{"what is rolled back leaves no row", func(t *journalT) {
		t.record(sampleEvent("w", 1))
		rollBack := errors.New("roll back")
		err := t.Update(t.Context(), func(tx assets.Tx) error {
			return errors.Join(tx.AddEvent(t.Context(), sampleEvent("w", 2)), rollBack)
		})
		if !errors.Is(err, rollBack) {
			t.Fatal(err)
		}
		t.record(sampleEvent("w", 3))
		t.journalIs([]assets.Event{sampleEvent("w", 1), sampleEvent("w", 3)})
	}},
	{"rows survive their asset", func(t *journalT) {
		t.put(sample("w", 1))
		t.record(sampleEvent("w", 1))
		t.update(func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), "w", idOf(1)) })
		t.journalIs([]assets.Event{sampleEvent("w", 1)})
	}},
	{"concurrent Updates give distinct numbers", func(t *journalT) {
		t.concurrently(16, func(i int) error {
			return t.Update(t.Context(), func(tx assets.Tx) error { return tx.AddEvent(t.Context(), sampleEvent("w", i)) })
		})
		got, err := t.Events(t.Context(), 0, 100)
		t.ok(err)
		seen := make(map[assets.ID]bool)
		for i, e := range got {
			seen[e.Data.AssetID] = true
			if i > 0 && e.Position <= got[i-1].Position {
				t.Errorf("number %d after %d", e.Position, got[i-1].Position)
			}
		}
		if len(got) != 16 || len(seen) != 16 {
			t.Errorf("%d rows of %d assets, want 16 of 16", len(got), len(seen))
		}
	}},
	{"pruning keeps the newest row and goes on counting", prune},
}

// prune removes old rows, then all but the newest.
func prune(t *journalT) {
	if n, err := t.PruneEvents(t.Context(), baseTime); err != nil || n != 0 {
		t.Errorf("pruning nothing: %d, %v", n, err)
	}
	var all []assets.Event
	for _, n := range []int{1, 5, 2, 3} {
		all = append(all, sampleEvent("w", n)) // At ascends with n: the third stays as long as the second
	}
	t.record(all...)
	n, err := t.PruneEvents(t.Context(), baseTime+2)
	t.ok(err)
	if n != 1 {
		t.Errorf("pruned %d rows, want the one before the time", n)
	}
	t.journalIs(all[1:])
	before, err := t.Events(t.Context(), 0, 10)
	t.ok(err)

	n, err = t.PruneEvents(t.Context(), baseTime+1000)
	t.ok(err)
	if n != 2 {
		t.Errorf("pruned %d rows, want all but the newest", n)
	}
	t.journalIs(all[3:])
	if state, err := t.JournalState(t.Context()); err != nil || state.Pruned != before[len(before)-2].Position || state.Last != state.Pruned+1 {
		t.Errorf("the state is %+v, %v", state, err)
	}
	t.record(sampleEvent("w", 9))
	after, err := t.Events(t.Context(), before[len(before)-1].Position, 10)
	t.ok(err)
	if len(after) != 1 || after[0].Data.AssetID != idOf(9) {
		t.Errorf("%d rows behind the pruned ones, want the new one", len(after))
	}
}

// record appends the events in one Update.
func (t *journalT) record(events ...assets.Event) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for _, e := range events {
			if err := tx.AddEvent(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
}

// journalIs checks the whole journal except its numbers, which must ascend.
func (t *journalT) journalIs(want []assets.Event) {
	t.Helper()
	got, err := t.Events(t.Context(), 0, 1000)
	t.ok(err)
	last := int64(0)
	for i := range got {
		if got[i].Position <= last {
			t.Errorf("number %d after %d", got[i].Position, last)
		}
		last, got[i].Position = got[i].Position, 0
	}
	t.same("journal", got, want)
}

// sampleEvent returns a journal row with a value in every field but Position.
func sampleEvent(workspace string, n int) assets.Event {
	return assets.Event{
		ID:        idOf(n + 2000),
		At:        baseTime + assets.Time(n),
		Workspace: workspace,
		Type:      assets.EventEdited,
		Data: assets.EventData{
			AssetID: idOf(n), AssetType: assets.TypeCopy, CampaignID: "spring", Tags: assets.Tags{"channel": {"email", "web"}},
			Status: assets.StatusPendingReview, Version: 2, SHA256: "abc", Revision: 3, InForce: &assets.InForce{Before: 1, After: 2},
			Changed: []string{"title", "tags"}, ReviewID: assets.Optional(idOf(n + 1000)),
			By: "ann", ByKind: assets.KindUser, Via: assets.ViaREST, Comment: "better", CampaignBefore: "winter",
		},
		Details: json.RawMessage(fmt.Sprintf(`{"n":%d,"digits":9007199254740993,"small":0.10}`, n)),
		Trace:   fmt.Sprintf("00-0af7651916cd43dd8448eb211c80319c-%016x-01", n),
	}
}

// quoted returns a JSON object with a text.
func quoted(s string) json.RawMessage {
	b, err := json.Marshal(map[string]string{"text": s})
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	return b
}
