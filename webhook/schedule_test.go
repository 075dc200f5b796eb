package webhook_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

func TestDelays(t *testing.T) {
	t.Parallel()
	for i, seconds := range []int{1, 2, 4, 8, 16, 900, 900, 900} {
		if got, want := webhook.Delay(i+1, 0.5), time.Duration(seconds)*time.Second; got != want {
			t.Errorf("after %d tries: %v, want %v", i+1, got, want)
		}
	}
	if early, late := webhook.Delay(6, 0), webhook.Delay(6, 1); early != 810*time.Second || late != 990*time.Second {
		t.Errorf("spread from %v to %v", early, late)
	}
}

// TestRoundOfAttempts: a delivery fails a day after its first attempt, and the next event
// of its asset then gets its turn.
func TestRoundOfAttempts(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, status(http.StatusServiceUnavailable))
	w := f.create(webhook.NewWebhook{URL: r.URL, Types: []assets.EventType{assets.EventApproved, assets.EventEdited}})
	a := f.approved("w")
	f.edit(a.ID, "Another")
	start := f.time()
	var at []time.Duration
	for range 200 {
		if f.deliver() > 0 {
			at = append(at, f.time().Sub(start))
		}
		first := f.deliveries(w.ID)[1]
		if first.State == record.StateFailed {
			break
		}
		f.advance(first.NextAttemptAt.Time().Sub(f.time()))
	}
	if n := len(at); n < 88 || n > 108 { // 5 quick ones, then one in 13.5 to 16.5 min
		t.Errorf("%d attempts", n)
	}
	if !slices.IsSorted(at) || at[len(at)-1] > 24*time.Hour || at[len(at)-1] < 23*time.Hour {
		t.Errorf("attempts at %v", at)
	}
	for i := range 5 {
		exact := time.Second << i
		if gap := at[i+1] - at[i]; gap < exact*9/10 || gap > exact*11/10 {
			t.Errorf("%v before attempt %d", gap, i+2)
		}
	}
	log := f.deliveries(w.ID)
	if second := log[0]; second.State != record.StatePending || second.Attempts != 1 || log[1].NextAttemptAt != 0 {
		t.Errorf("log %+v", log)
	}
	if got := f.get(w.ID); got.Failures != 1 || got.Paused {
		t.Errorf("webhook %+v", got)
	}
}
