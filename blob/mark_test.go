package blob_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// TestMarkOf: the digest is stored in buckets, so it must never change.
func TestMarkOf(t *testing.T) {
	t.Parallel()
	e := assets.Event{
		Position: 7, At: 1767225600000, Workspace: "acme", Type: assets.EventEdited,
		Data: assets.EventData{
			AssetID: "0190a6f0-0000-7000-8000-000000000001", Version: 2, Status: assets.StatusDraft,
			ReviewID: "0190a6f0-0000-7000-8000-000000000002", By: "ann",
		},
		Details: json.RawMessage(`{"title": ["a", "b"]}`),
	}
	want := blob.Mark{Position: 7, Digest: "132f3e2cb06f9fb4fdf245b33be624d66d48ab3b3d09f837ff00cd639905a2e6"}
	if got := blob.MarkOf(e); got != want {
		t.Errorf("the mark is %v, want %v", got, want)
	}
	for name, alter := range map[string]func(*assets.Event){
		"at":        func(e *assets.Event) { e.At++ },
		"workspace": func(e *assets.Event) { e.Workspace = "acm" },
		"a shift":   func(e *assets.Event) { e.Workspace, e.Data.AssetID = "acme0", e.Data.AssetID[1:] },
		"asset":     func(e *assets.Event) { e.Data.AssetID = e.Data.AssetID[:35] + "3" },
		"version":   func(e *assets.Event) { e.Data.Version++ },
		"kind":      func(e *assets.Event) { e.Type = assets.EventDeleted },
		"status":    func(e *assets.Event) { e.Data.Status = assets.StatusApproved },
		"review":    func(e *assets.Event) { e.Data.ReviewID = "" },
		"by":        func(e *assets.Event) { e.Data.By = "bob" },
		"details":   func(e *assets.Event) { e.Details = json.RawMessage(`{"title":["a","b"]}`) },
		"nothing":   func(e *assets.Event) { e.Details = nil },
	} {
		other := e
		alter(&other)
		if got := blob.MarkOf(other); got.Digest == want.Digest || got.Position != 7 {
			t.Errorf("another %s: %v", name, got)
		}
	}
}

func TestMarksMove(t *testing.T) {
	t.Parallel()
	event := func(position int64) *assets.Event {
		return &assets.Event{Position: position, Data: assets.EventData{By: "ann"}}
	}
	mark := func(seq int64) blob.Mark { return blob.MarkOf(*event(seq)) }
	other := blob.MarkOf(assets.Event{Position: 3, Data: assets.EventData{By: "bob"}})
	for name, c := range map[string]struct {
		marks         blob.Marks
		from          blob.Mark
		named, newest *assets.Event
		next          blob.Mark
		recorded      blob.Marks // nil: not found
	}{
		"empty journal":                     {recorded: blob.Marks{}},
		"first row":                         {newest: event(1), next: mark(1), recorded: blob.Marks{mark(1)}},
		"the same row":                      {marks: blob.Marks{mark(1)}, from: mark(1), named: event(1), newest: event(1), next: mark(1), recorded: blob.Marks{mark(1)}},
		"a later row":                       {marks: blob.Marks{mark(1)}, from: mark(1), named: event(1), newest: event(5), next: mark(5), recorded: blob.Marks{mark(1), mark(5)}},
		"pruned":                            {marks: blob.Marks{mark(1), mark(2)}, from: mark(1), newest: event(5), next: mark(5), recorded: blob.Marks{mark(2), mark(1), mark(5)}},
		"never recorded":                    {marks: blob.Marks{mark(1)}, from: mark(3), named: event(3), newest: event(5), next: mark(5), recorded: blob.Marks{mark(1), mark(3), mark(5)}},
		"everything pruned":                 {marks: blob.Marks{mark(1), mark(4)}, from: mark(1), next: mark(4), recorded: blob.Marks{mark(1), mark(4)}},
		"another digest":                    {marks: blob.Marks{mark(3)}, from: other, named: event(3), newest: event(5)},
		"no row":                            {from: mark(3), newest: event(5)},
		"another row than asked for":        {from: mark(3), named: event(5), newest: event(5)},
		"without digest":                    {from: blob.Mark{Position: 3}, named: event(3), newest: event(5), next: mark(5), recorded: blob.Marks{mark(3), mark(5)}},
		"without digest, no row":            {from: blob.Mark{Position: 3}, newest: event(5)},
		"without digest, once more":         {marks: blob.Marks{mark(3), mark(5)}, from: blob.Mark{Position: 3}, newest: event(6), next: mark(6), recorded: blob.Marks{mark(5), mark(3), mark(6)}},
		"without digest, of an unknown row": {marks: blob.Marks{mark(3), mark(5)}, from: blob.Mark{Position: 4}, named: event(4), newest: event(6)},
	} {
		next, recorded, err := c.marks.Move(c.from, c.named, c.newest)
		if c.recorded == nil {
			if !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
			continue
		}
		if err != nil || next != c.next || !slices.Equal(recorded, c.recorded) {
			t.Errorf("%s: moved to %v, recorded %v, %v; want %v, %v", name, next, recorded, err, c.next, c.recorded)
		}
		if recorded.Latest() != c.next {
			t.Errorf("%s: the latest is %v, want %v", name, recorded.Latest(), c.next)
		}
	}
}
