package assetstest

import (
	"errors"
	"sync"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// markCases are about the marks of the journal.
var markCases = []ledgerCase{
	{"a mark names the newest row CRA04", func(t *ledgerT) {
		id := t.id()
		last := t.moves(blob.Mark{}, blob.Mark{})
		for i, text := range verbatim() {
			e := sampleEvent("w", i)
			e.Data.By, e.Details = text, quoted(text)
			e.Position = t.newest(true).Position // of the row before
			t.update(func(tx assets.Tx) error { return tx.AddEvent(t.Context(), e) })
			now := t.newest(true)
			if now.Position <= e.Position {
				t.Errorf("position %d after %d", now.Position, e.Position)
			}
			e.Position = now.Position
			last = t.moves(last, blob.MarkOf(e))
			if sameID, latest, err := t.State(t.Context()); err != nil || sameID != id || latest != last {
				t.Errorf("state %q %v, %v; want %q %v", sameID, latest, err, id, last)
			}
		}
	}},
	{"a dry move records nothing CRA04", func(t *ledgerT) {
		t.writes("w", 3)
		t.newest(true)
		if _, latest, err := t.State(t.Context()); err != nil || latest != (blob.Mark{}) {
			t.Errorf("recorded %v, %v", latest, err)
		}
	}},
	{"a mark that is not found moves nothing CRA04", func(t *ledgerT) {
		t.writes("w", 3)
		first := t.newest(false)
		t.writes("w", 1)
		other := blob.MarkOf(assets.Event{Position: first.Position, Workspace: "of another history"})
		for _, from := range []blob.Mark{
			other,
			{Position: first.Position - 1, Digest: first.Digest},
			{Position: first.Position + 1, Digest: first.Digest},
			{Position: first.Position + 1000, Digest: first.Digest},
			{Digest: first.Digest},
		} {
			t.loses(from)
		}
		if _, latest, err := t.State(t.Context()); err != nil || latest != first {
			t.Errorf("recorded %v, %v; want %v still", latest, err, first)
		}
	}},
	{"a recorded mark outlives pruning CRA04", func(t *ledgerT) {
		t.writes("w", 3)
		first := t.newest(false)
		t.writes("w", 3)
		second := t.newest(true) // not recorded
		t.writes("w", 3)
		last := t.newest(false)
		journal, ok := any(t.Store).(assets.Journal)
		if !ok {
			return
		}
		_, err := journal.PruneEvents(t.Context(), baseTime+1000)
		t.ok(err)
		t.loses(second)
		t.moves(first, last)
		t.moves(first, last) // a process that ended before it wrote the marker
		t.moves(last, last)
	}},
	{"what a mark was moved from outlives pruning too CRA04", func(t *ledgerT) {
		t.writes("w", 3)
		from := t.newest(true)
		t.writes("w", 3)
		next := t.newest(true)
		t.moves(from, next)
		if journal, ok := any(t.Store).(assets.Journal); ok {
			_, err := journal.PruneEvents(t.Context(), baseTime+1000)
			t.ok(err)
		}
		t.moves(from, next) // the marker was not written
	}},
	{"a mark without digest is known by its position once CRA04", func(t *ledgerT) {
		t.writes("w", 3)
		first := t.newest(true)
		t.writes("w", 3)
		last := t.newest(true)
		t.loses(blob.Mark{Position: last.Position + 1})
		t.moves(blob.Mark{Position: first.Position}, last)
		t.moves(blob.Mark{Position: first.Position}, last) // the marker was not written
		t.loses(blob.Mark{Position: first.Position + 1})
	}},
	{"processes that move the mark at once CRA04", func(t *ledgerT) {
		t.writes("w", 1)
		from := t.newest(false)
		var moved [8]blob.Mark
		var failed [8]error
		var wg sync.WaitGroup
		for i := range moved {
			wg.Go(func() {
				err := t.Update(t.Context(), func(tx assets.Tx) error { return tx.AddEvent(t.Context(), sampleEvent("w", i)) })
				next, moveErr := t.MoveMark(t.Context(), from, false)
				moved[i], failed[i] = next, errors.Join(err, moveErr)
			})
		}
		wg.Wait()
		t.ok(errors.Join(failed[:]...))
		latest := from
		for _, m := range moved {
			if m.Position > latest.Position {
				latest = m
			}
			t.moves(m, t.newest(true)) // whichever was written to the marker
		}
		if _, recorded, err := t.State(t.Context()); err != nil || recorded != t.newest(true) || recorded.Position < latest.Position {
			t.Errorf("recorded %v, %v; want %v", recorded, err, t.newest(true))
		}
	}},
}

// isLost checks that restored, a backup of t after which it made a number of changes,
// does not have a mark of t from after the backup.
func isLost(t, restored *ledgerT, changes int) {
	for _, db := range []*ledgerT{t, restored} {
		db.writes("w", 6)
	}
	backup := t.newest(false)
	t.writes("lost", 4)
	lost := t.newest(false)
	restored.writes("instead", changes)
	restored.loses(lost)
	if changes == 0 {
		restored.moves(backup, backup)
	} else {
		restored.moves(backup, restored.newest(true))
	}
	restored.loses(lost)
	t.moves(backup, lost)
}

// writes adds n rows to the journal.
func (t *ledgerT) writes(workspace string, n int) {
	t.Helper()
	t.update(func(tx assets.Tx) error {
		for i := range n {
			if err := tx.AddEvent(t.Context(), sampleEvent(workspace, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// newest returns the mark of the newest row.
func (t *ledgerT) newest(dry bool) blob.Mark {
	t.Helper()
	m, err := t.MoveMark(t.Context(), blob.Mark{}, dry)
	t.ok(err)
	return m
}

// moves checks where a mark moves to, and returns that.
func (t *ledgerT) moves(from, want blob.Mark) blob.Mark {
	t.Helper()
	for _, dry := range []bool{true, false} {
		if got, err := t.MoveMark(t.Context(), from, dry); err != nil || got != want {
			t.Errorf("dry %t: moved from %v to %v, %v; want %v", dry, from, got, err, want)
		}
	}
	return want
}

// loses checks that a mark is not found.
func (t *ledgerT) loses(from blob.Mark) {
	t.Helper()
	for _, dry := range []bool{true, false} {
		if got, err := t.MoveMark(t.Context(), from, dry); !absent(err) {
			t.Errorf("dry %t: moved from %v to %v, %v; want ErrNotFound", dry, from, got, err)
		}
	}
}
