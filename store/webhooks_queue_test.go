package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/webhook/record"
)

// waiting queues n deliveries of a webhook in lanes.
func waiting(t *testing.T, st *store.Store, n, lanes int) {
	t.Helper()
	if err := st.AddWebhook(t.Context(), record.Webhook{ID: "w1", Workspace: "w"}, 1); err != nil {
		t.Fatal(err)
	}
	batch := make([]record.Delivery, n)
	for i := range batch {
		batch[i] = record.Delivery{
			ID: assets.ID(fmt.Sprintf("d%06d", i)), WebhookID: "w1", Workspace: "w", EventID: assets.ID(fmt.Sprint("e", i)),
			AssetID: assets.ID(fmt.Sprint("a", i%lanes)), Position: int64(i + 1), State: record.StatePending, DueAt: 10, Body: []byte("{}"),
		}
	}
	if err := st.Enqueue(t.Context(), batch, false); err != nil {
		t.Fatal(err)
	}
}

// TestClaimWithoutWorkWritesNothing: it does not wait for the writer of SQLite.
func TestClaimWithoutWorkWritesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		waiting(t, st, 3, 1)
		err := st.RunInTx(t.Context(), func(context.Context, bun.Tx) error {
			claimed, err := st.Claim(t.Context(), record.Claim{Now: 9, For: time.Minute, Lease: "x", Limit: 10})
			if len(claimed) != 0 {
				t.Errorf("%d deliveries before their time", len(claimed))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestHeadsOfLanes: of each lane one delivery is the head, before and after attempts.
func TestHeadsOfLanes(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const lanes = 3
		waiting(t, st, 30, lanes)
		for now := assets.Time(10); ; now++ {
			var heads, pending int
			if err := st.DB().NewRaw("SELECT count(*) FROM asset_deliveries WHERE head = 1").Scan(t.Context(), &heads); err != nil {
				t.Fatal(err)
			}
			if err := st.DB().NewRaw("SELECT count(DISTINCT lane) FROM asset_deliveries WHERE state = 'pending'").Scan(t.Context(), &pending); err != nil {
				t.Fatal(err)
			}
			if heads != pending {
				t.Fatalf("%d heads of %d lanes", heads, pending)
			}
			claimed, err := st.Claim(t.Context(), record.Claim{Now: now, For: time.Minute, Lease: fmt.Sprint(now), Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			if len(claimed) == 0 {
				return
			}
			for i, c := range claimed {
				d := c.Delivery
				d.LastAt, d.DueAt, d.State = now, now+1, []record.State{record.StateDelivered, record.StateFailed}[i]
				if err := st.Finish(t.Context(), d, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestCountOfLeasesReadsNoWaitingHeads: it is counted in every Claim of a webhook.
func TestCountOfLeasesReadsNoWaitingHeads(t *testing.T) {
	t.Parallel()
	st := openSQLite(t, store.Options{})
	var plan []struct{ Detail string }
	err := st.DB().NewRaw("EXPLAIN QUERY PLAN SELECT count(*) "+st.InFlight(), "w1").Scan(t.Context(), &plan)
	if err != nil || len(plan) != 1 || !strings.Contains(plan[0].Detail, "asset_deliveries_lease") {
		t.Errorf("the plan is %v, %v", plan, err)
	}
}
