package store_test

import (
	"slices"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
)

// addEvents stores n events whose times are 0…n-1.
func addEvents(t *testing.T, st assets.Store, n int) {
	t.Helper()
	err := st.Update(t.Context(), func(tx assets.Tx) error {
		for i := range n {
			if err := tx.AddEvent(t.Context(), assets.Event{At: assets.Time(i), Workspace: "w"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEvents(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		addEvents(t, st, 5)
		for _, c := range []struct {
			after int64
			limit int
			want  []int64
		}{
			{0, 3, []int64{1, 2, 3}},
			{3, 10, []int64{4, 5}},
			{5, 10, nil},
			{0, 0, nil},
			{0, -1, nil},
		} {
			events, err := st.Events(t.Context(), c.after, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, e := range events {
				got = append(got, e.Position)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("Events(%d, %d): %v, want %v", c.after, c.limit, got, c.want)
			}
		}
	})
}

// TestVolumePruneEventsInBatches removes more events than one transaction does.
func TestVolumePruneEventsInBatches(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const n = 1100
		addEvents(t, st, n)
		if pruned, err := st.PruneEvents(t.Context(), n); err != nil || pruned != n-1 {
			t.Errorf("pruned %d, %v; want all but the newest", pruned, err)
		}
		if newest, err := st.MoveMark(t.Context(), blob.Mark{}, true); err != nil || newest.Position != n {
			t.Errorf("the newest row is %d, %v; want %d", newest.Position, err, n)
		}
	})
}
