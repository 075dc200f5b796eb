package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/bulkdata"
	"github.com/10ex/assets/store"
)

// freezeNothing creates an export without entries, with so much metadata.
func freezeNothing(t *testing.T, st *store.Store, n int, at assets.Time, metadata int64, q export.Quota) error {
	t.Helper()
	r := export.Record{ID: bulkdata.ID(n), Workspace: bulkdata.Workspace, CreatedAt: at, ExpiresAt: at + 10}
	return st.Freeze(t.Context(), r, q, func(export.Freezing) (export.Plan, error) {
		return export.Plan{Metadata: export.Text{Size: metadata}}, nil
	})
}

func TestUsage(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for n, metadata := range []int64{1 << 40, 2, 3} {
			if err := freezeNothing(t, st, n, assets.Time(n), metadata, export.Quota{}); err != nil {
				t.Fatal(err)
			}
		}
		for at, want := range map[assets.Time]export.Usage{
			9:  {Exports: 3, Metadata: 1<<40 + 5, Expiry: 10},
			10: {Exports: 2, Metadata: 5, Expiry: 11},
			12: {},
		} {
			if got, err := st.Usage(t.Context(), bulkdata.Workspace, at); err != nil || got != want {
				t.Errorf("at %d: %+v, %v; want %+v", at, got, err, want)
			}
		}
	})
}

// TestQuotaOfTwoProcessesHOS08: the exports that two stores freeze at once on one
// database stay within the quota of the workspace.
func TestQuotaOfTwoProcessesHOS08(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		other, err := store.New(st.DB(), store.Options{Relaxed: true})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var done atomic.Int64
		for n := range 12 {
			wg.Go(func() {
				process := st
				if n%2 == 0 {
					process = other
				}
				switch err := freezeNothing(t, process, n, 1, 10, export.Quota{Exports: 5, Metadata: 39}); {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, assets.ErrLimitReached):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := st.Usage(t.Context(), bulkdata.Workspace, 0)
		if want := (export.Usage{Exports: 3, Metadata: 30, Expiry: 11}); err != nil || got != want || done.Load() != 3 {
			t.Errorf("%+v, %v, %d succeed; want %+v", got, err, done.Load(), want)
		}
	})
}

// TestFreezeRemovesExpiredEntriesHOS08: what expired exports leave in the database is
// within the quota, whether a sweep has run or not.
func TestFreezeRemovesExpiredEntriesHOS08(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		for n := 1; n <= 5; n++ { // bulkdata's exports have expired at 2
			if _, err := bulkdata.Freeze(t.Context(), st, n); err != nil {
				t.Fatal(err)
			}
		}
		if err := freezeNothing(t, st, 9, 2, 10, export.Quota{Exports: 2}); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int{"asset_exports": 3, "asset_export_entries": 4 + 5} {
			var rows int
			if err := st.DB().NewRaw("SELECT count(*) FROM "+table).Scan(t.Context(), &rows); err != nil || rows != want {
				t.Errorf("%s has %d rows, %v; want %d", table, rows, err, want)
			}
		}
	})
}
