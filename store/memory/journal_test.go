package memory_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/store/memory"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	assetstest.TestJournal(t, open)
}

// TestEventsOfAPageStay reads a page, prunes it, and writes on: the page stays as it was.
func TestEventsOfAPageStay(t *testing.T) {
	t.Parallel()
	s := memory.New()
	add := func(at assets.Time) {
		t.Helper()
		err := s.Update(t.Context(), func(tx assets.Tx) error {
			return tx.AddEvent(t.Context(), assets.Event{At: at, Details: []byte("{}")})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for at := range assets.Time(3) {
		add(at)
	}
	page, err := s.Events(t.Context(), 1, 10)
	if err != nil || len(page) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	if n, err := s.PruneEvents(t.Context(), 10); err != nil || n != 2 {
		t.Errorf("pruned %d, %v; want all but the newest", n, err)
	}
	add(3)
	if page[0].Position != 2 || page[1].Position != 3 {
		t.Errorf("the page has changed: %+v", page)
	}
	page[1].Details[0] = 'x'
	if rest, err := s.Events(t.Context(), 0, 10); err != nil || len(rest) != 2 || rest[0].Position != 3 || string(rest[0].Details) != "{}" {
		t.Errorf("%+v, %v; want the third and the fourth event", rest, err)
	}
}
