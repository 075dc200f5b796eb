package assets_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// life creates, approves, edits and archives an asset of workspace "w".
func life(t *testing.T, lib *assets.Library) assets.ID {
	t.Helper()
	id := fixture.Draft(t, lib, true).ID
	owner := fixture.User("ann")
	for _, d := range []assets.Decision{
		{Action: assets.ActionApprove, Version: 1}, {Action: assets.ActionArchive, Comment: "over"},
	} {
		if _, err := lib.Review(t.Context(), owner, id, d); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func typesOf(events []assets.Event) (types []assets.EventType) {
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

func TestEventsOfAWorkspace(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		reader := fixture.User("reader")
		page := func(q assets.EventQuery) assets.EventPage {
			t.Helper()
			p, err := lib.Events(t.Context(), reader, q)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		empty := page(assets.EventQuery{})
		if len(empty.Items) != 0 || empty.NextAfter == "" || page(assets.EventQuery{After: empty.NextAfter}).NextAfter != empty.NextAfter {
			t.Errorf("before the first event: %+v", empty)
		}
		id := life(t, lib)
		if _, err := lib.Create(t.Context(), assetstest.User("other", "eve"), fixture.Copy("foreign")); err != nil {
			t.Fatal(err)
		}
		lifeTypes := []assets.EventType{assets.EventCreated, assets.EventApproved, assets.EventArchived}
		whole := page(assets.EventQuery{After: empty.NextAfter})
		if got := typesOf(whole.Items); !slices.Equal(got, lifeTypes) {
			t.Errorf("the events are %v", got)
		}
		if last := whole.Items[2]; *last.Data.InForce != (assets.InForce{Before: 1}) || last.Data.Comment != "over" || last.Data.By != "ann" ||
			last.Data.ByKind != assets.KindUser || last.Data.Via != assets.ViaGo || last.Data.Revision != 3 || last.Data.AssetID != id || last.Workspace != "w" {
			t.Errorf("the archive is %+v", last)
		}
		if end := page(assets.EventQuery{After: whole.NextAfter}); len(end.Items) != 0 || end.NextAfter != whole.NextAfter {
			t.Errorf("behind the end: %+v after %s", end, whole.NextAfter)
		}
		var walked []assets.Event
		for after := ""; ; {
			p := page(assets.EventQuery{After: after, Limit: 1})
			if walked = append(walked, p.Items...); p.NextAfter == after {
				break
			}
			after = p.NextAfter
		}
		if !slices.Equal(typesOf(walked), lifeTypes) {
			t.Errorf("the walk has %v", typesOf(walked))
		}
		if changed := page(assets.EventQuery{InForceChanged: true, AssetIDs: []assets.ID{id}}); !slices.Equal(typesOf(changed.Items), lifeTypes[1:]) {
			t.Errorf("changes of what is in force: %v", typesOf(changed.Items))
		}
		now := page(assets.EventQuery{After: assets.AfterNow})
		if len(now.Items) != 0 {
			t.Errorf("now is %+v", now)
		}
		life(t, lib)
		if next := page(assets.EventQuery{After: now.NextAfter}); len(next.Items) != 3 {
			t.Errorf("after now: %v", typesOf(next.Items))
		}
	})
}

func TestEventCursorsBelongToTheirWorkspace(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	life(t, lib)
	mine, err := lib.Events(t.Context(), fixture.User("ann"), assets.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	other := assetstest.New(t) // another store, the same keys
	life(t, other)
	for name, c := range map[string]struct {
		lib   *assets.Library
		by    assets.Actor
		after string
	}{
		"another workspace": {lib, assetstest.User("v", "ann"), mine.NextAfter},
		"another store":     {other, fixture.User("ann"), mine.NextAfter},
		"altered":           {lib, fixture.User("ann"), strings.ToLower(mine.NextAfter)},
		"of a list":         {lib, fixture.User("ann"), "abcd"},
	} {
		if _, err := c.lib.Events(t.Context(), c.by, assets.EventQuery{After: c.after}); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	scopeless := fixture.User("ann")
	scopeless.Scopes = []assets.Scope{assets.ScopeWrite}
	if _, err := lib.Events(t.Context(), scopeless, assets.EventQuery{}); !errors.Is(err, assets.ErrForbiddenScope) {
		t.Errorf("without scope read: %v", err)
	}
}

func TestPrunedEvents(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ann := fixture.User("ann")
		start, err := lib.Events(t.Context(), ann, assets.EventQuery{After: assets.AfterNow})
		if err != nil {
			t.Fatal(err)
		}
		life(t, lib)
		read, err := lib.Events(t.Context(), ann, assets.EventQuery{Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		journal := cfg.Store.(assets.Journal)
		if n, err := journal.PruneEvents(t.Context(), 1<<50); err != nil || n != 2 {
			t.Fatalf("pruned %d, %v", n, err)
		}
		if _, err := lib.Events(t.Context(), ann, assets.EventQuery{After: start.NextAfter}); !errors.Is(err, assets.ErrEventsPruned) {
			t.Errorf("pruned past: %v", err)
		}
		for _, after := range []string{"", read.NextAfter} { // what was pruned had been read
			if page, err := lib.Events(t.Context(), ann, assets.EventQuery{After: after}); err != nil || len(page.Items) != 1 {
				t.Errorf("after %q: %d events, %v", after, len(page.Items), err)
			}
		}
	})
}

// prunesBetween is a store of which another process prunes the journal whenever its state
// or a page of it was read.
type prunesBetween struct {
	assets.Store
	assets.Journal
	prune atomic.Bool
}

func (s *prunesBetween) after(ctx context.Context) {
	if s.prune.Load() {
		_, _ = s.PruneEvents(ctx, 1<<50)
	}
}

func (s *prunesBetween) JournalState(ctx context.Context) (assets.JournalState, error) {
	defer s.after(ctx)
	return s.Journal.JournalState(ctx)
}

func (s *prunesBetween) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	defer s.after(ctx)
	return s.Journal.SelectEvents(ctx, f, w)
}

// TestPruningBetween: a page that was read whole is returned, and one from the beginning
// begins with the oldest event, whatever is pruned meanwhile.
func TestPruningBetween(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 1} { // the page of a cursor, or its beginning only
		cfg := assetstest.Config()
		st := &prunesBetween{Store: cfg.Store, Journal: cfg.Store.(assets.Journal)}
		cfg.Store = st
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ann := fixture.User("ann")
		start, err := lib.Events(t.Context(), ann, assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		life(t, lib)
		st.prune.Store(true)
		page, err := lib.Events(t.Context(), ann, assets.EventQuery{After: start.NextAfter, Limit: limit})
		if err != nil || len(page.Items) != max(1, 3-2*limit) {
			t.Errorf("limit %d, of a cursor: %d events, %v", limit, len(page.Items), err)
		}
		st.prune.Store(false)
		life(t, lib)
		st.prune.Store(true)
		if page, err = lib.Events(t.Context(), ann, assets.EventQuery{Limit: limit}); err != nil || len(page.Items) != 1 {
			t.Errorf("limit %d, from the beginning: %d events, %v", limit, len(page.Items), err)
		}
		st.prune.Store(false)
		life(t, lib)
		st.prune.Store(true)
		s, err := lib.StreamEvents(t.Context(), ann, assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		next(t, s, 1)
		s.Close()
	}
}

// FuzzEventCursor expects that a cursor that was not given to the workspace is refused.
func FuzzEventCursor(f *testing.F) {
	lib, err := assets.New(assetstest.Config())
	if err != nil {
		f.Fatal(err)
	}
	cursors := map[string]string{} // by workspace
	for _, workspace := range []string{"w", "other"} {
		by := assetstest.User(workspace, "ann")
		if _, err := lib.Create(f.Context(), by, fixture.Copy("text")); err != nil {
			f.Fatal(err)
		}
		page, err := lib.Events(f.Context(), by, assets.EventQuery{})
		if err != nil {
			f.Fatal(err)
		}
		cursors[workspace] = page.NextAfter
		f.Add(page.NextAfter)
		f.Add(page.NextAfter + "=")
	}
	f.Add("AAAA")
	given := []string{"", assets.AfterNow, cursors["w"]}
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := lib.Events(t.Context(), fixture.User("ann"), assets.EventQuery{After: cursor})
		if slices.Contains(given, cursor) {
			if err != nil {
				t.Errorf("%q: %v", cursor, err)
			}
		} else if !errors.Is(err, assets.ErrInvalidCursor) && len(assets.FieldErrors(err)) == 0 || len(page.Items) > 0 {
			t.Errorf("%q: %v, %d events", cursor, err, len(page.Items))
		}
	})
}
