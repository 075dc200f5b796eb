package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/webhook/record"
)

// TestVolumeResumingInBatches: a webhook with many deliveries that wait is resumed by calls that
// each change a limited number of rows, in any process.
func TestVolumeResumingInBatches(t *testing.T) {
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		const lanes = 2*store.MaxRestarts + 50
		waiting(t, st, lanes, lanes)
		run := func(query string) {
			t.Helper()
			if _, err := st.DB().ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		run("UPDATE asset_deliveries SET tries = 6, since = 1, last_at = 1, due_at = 900000")
		paused := func(why record.Pause, at assets.Time) {
			t.Helper()
			_, err := st.ChangeWebhook(t.Context(), "w", "w1", func(w *record.Webhook) error {
				w.Paused, w.UpdatedAt = why, at
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		count := func(where string) (n int) {
			t.Helper()
			if err := st.DB().NewRaw("SELECT count(*) FROM asset_deliveries WHERE "+where).Scan(t.Context(), &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		paused(record.PauseByCaller, 90)
		paused("", 100)
		if n := count("due_at < 900000"); n != 0 {
			t.Errorf("%d rows were changed when it was resumed", n)
		}
		attempts := map[assets.ID]bool{}
		for call := 1; len(attempts) < lanes; call++ {
			before := count("due_at = 900000")
			claimed, err := st.Claim(t.Context(), record.Claim{Now: 100 + assets.Time(call), For: time.Minute, Lease: fmt.Sprint(call), Limit: 256})
			if err != nil || len(claimed) == 0 {
				t.Fatalf("call %d: %d deliveries, %v, after %d of %d", call, len(claimed), err, len(attempts), lanes)
			}
			if n := before - count("due_at = 900000"); n > store.MaxRestarts {
				t.Fatalf("call %d has changed %d rows", call, n)
			}
			for _, c := range claimed {
				d := c.Delivery
				if attempts[d.ID] || d.Tries != 0 || d.Since != 0 {
					t.Fatalf("claimed %+v", d)
				}
				attempts[d.ID] = true
				d.Tries, d.Since, d.LastAt, d.DueAt = 1, 101, 100+assets.Time(call), 950_000 // it fails again, and waits
				if err := st.Finish(t.Context(), d, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
