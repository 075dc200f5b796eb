package assets_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// next reads at least n events of a stream.
func next(t *testing.T, s *assets.EventStream, n int) (all []assets.StreamedEvent) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(all) < n {
		events, err := s.Next(ctx)
		if err != nil || ctx.Err() != nil {
			t.Fatalf("%d events, %v, %v", len(all), err, ctx.Err())
		}
		all = append(all, events...)
	}
	return all
}

func TestEventStream(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ann := fixture.User("ann")
		life(t, lib)
		open := func(after string) *assets.EventStream {
			t.Helper()
			s, err := lib.StreamEvents(t.Context(), ann, assets.EventQuery{After: after})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			return s
		}
		all, late := open(""), open(assets.AfterNow)
		old := next(t, all, 3)
		if _, err := lib.Create(t.Context(), assetstest.User("other", "eve"), fixture.Copy("foreign")); err != nil {
			t.Fatal(err)
		}
		life(t, lib)
		for _, s := range []*assets.EventStream{all, late} {
			got := next(t, s, 3)
			var types []assets.EventType
			for _, e := range got {
				types = append(types, e.Type)
			}
			if want := []assets.EventType{assets.EventCreated, assets.EventApproved, assets.EventArchived}; !slices.Equal(types, want) {
				t.Errorf("%v, want %v", types, want)
			}
			if s.Cursor() != got[2].Cursor {
				t.Errorf("the cursor is %s, that of the last event %s", s.Cursor(), got[2].Cursor)
			}
		}
		resumed := next(t, open(old[1].Cursor), 4)
		if resumed[0].ID != old[2].ID {
			t.Errorf("resumed with %+v, want %+v", resumed[0], old[2])
		}
		page, err := lib.Events(t.Context(), ann, assets.EventQuery{After: old[1].Cursor})
		if err != nil || len(page.Items) != 4 {
			t.Errorf("a page after a streamed event: %d, %v", len(page.Items), err)
		}
	})
}

// TestSlowStreams: a stream that is far behind reads on from the journal.
func TestSlowStreams(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	open := func() *assets.EventStream {
		s, err := lib.StreamEvents(t.Context(), fixture.User("ann"), assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	const n = 3000
	slow, fast := open(), open()
	for i := range n {
		err := cfg.Store.Update(t.Context(), func(tx assets.Tx) error {
			return tx.AddEvent(t.Context(), assets.Event{ID: fixture.AbsentID, Workspace: "w", Type: assets.EventEdited, Data: assets.EventData{Revision: int64(i)}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == n/2 {
			next(t, fast, n/2)
		}
	}
	for i, e := range next(t, slow, n) {
		if e.Data.Revision != int64(i) {
			t.Fatalf("event %d is %d", i, e.Data.Revision)
		}
	}
}

func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	var open []*assets.EventStream
	for {
		s, err := lib.StreamEvents(t.Context(), fixture.User("ann"), assets.EventQuery{})
		if errors.Is(err, assets.ErrUnavailable) {
			break
		}
		if err != nil || len(open) > 100 {
			t.Fatal(len(open), err)
		}
		open = append(open, s)
	}
	if len(open) != 100 {
		t.Errorf("%d streams", len(open))
	}
	other, err := lib.StreamEvents(t.Context(), assetstest.User("other", "ann"), assets.EventQuery{})
	if err != nil {
		t.Errorf("another workspace: %v", err)
	}
	for _, s := range append(open, other) {
		s.Close()
	}
	again, err := lib.StreamEvents(t.Context(), fixture.User("ann"), assets.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// TestQuietStream: the cursor of a stream without events moves on by time, and names the
// event that it was moved to.
func TestQuietStream(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	var now atomic.Int64
	cfg.Now = func() time.Time { return time.UnixMilli(now.Load()) }
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	add := func(title string) {
		t.Helper()
		if _, err := lib.Create(t.Context(), assetstest.User("other", "eve"), fixture.Copy(title)); err != nil {
			t.Fatal(err)
		}
	}
	add("before")
	s, err := lib.StreamEvents(t.Context(), fixture.User("ann"), assets.EventQuery{After: assets.AfterNow})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	start := s.Cursor()
	now.Store((25 * time.Hour).Milliseconds())
	add("a day later")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if events, err := s.Next(ctx); err != nil || len(events) > 0 || ctx.Err() != nil {
		t.Fatal(events, err, ctx.Err())
	}
	page, err := lib.Events(t.Context(), fixture.User("ann"), assets.EventQuery{After: start})
	if err != nil || s.Cursor() == start || s.Cursor() != page.NextAfter {
		t.Errorf("the cursor is %s, that of a page %s, %v; it was %s", s.Cursor(), page.NextAfter, err, start)
	}
}
