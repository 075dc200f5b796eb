package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
)

// TestStatsShowFills: a fill that waits for a writer is shown, and none that has ended.
func TestStatsShowFills(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		olderRows(t, st, 4) // 4 rows of the current perspective and 2 of the approved one
		ended := make(chan error, 1)
		err := st.RunInTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "UPDATE asset_perspectives SET id = id"); err != nil {
				return err
			}
			go func() { ended <- st.Fill(t.Context()) }()
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					shown := st.StoreStats().Fills
					if want := []assets.Fill{{Name: "search", Of: 6}}; len(shown) > 0 {
						if !slices.Equal(shown, want) {
							t.Errorf("%+v, want %+v", shown, want)
						}
						return nil
					}
				case err := <-ended:
					ended <- err
					t.Errorf("the fill did not wait: %v", err)
					return nil
				}
			}
		})
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Error(err)
		}
		if shown := st.StoreStats().Fills; len(shown) > 0 {
			t.Errorf("%+v at the end", shown)
		}
	})
}

// TestVolumeStatsShowNumbering: the fill of positions shows how many it has given, when it
// waits for a writer in the middle.
func TestVolumeStatsShowNumbering(t *testing.T) {
	t.Parallel()
	st := openPostgres(t)
	addUnnumbered(t, st, backlog)
	execute(t, st.DB(), "INSERT INTO asset_meta (name, value) VALUES ('positions_pending', '')")
	writer, err := st.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Rollback() }()
	if _, err := writer.ExecContext(t.Context(), "UPDATE asset_events SET at = at WHERE at = 15000"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- st.Fill(t.Context()) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for done := 0; done == 0; {
		select {
		case <-tick.C:
			if shown := st.StoreStats().Fills; len(shown) > 0 && shown[0].Name == "positions" {
				done = shown[0].Done
			}
		case err := <-ended:
			t.Fatalf("the fill has ended without progress: %v", err)
		}
	}
	if err := writer.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if state, err := st.JournalState(t.Context()); err != nil || state.Last != backlog {
		t.Errorf("numbered to %+v, %v; want %d", state, err, backlog)
	}
}
