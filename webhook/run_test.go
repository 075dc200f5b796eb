package webhook_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRunSharesTheWork: two servers deliver, one is stopped on the way, and nothing is
// lost or comes in another order.
func TestRunSharesTheWork(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	f.cfg.Now = time.Now
	f.lib, f.hooks = f.open(f.cfg.SigningKeys...)
	_, second := f.open(f.cfg.SigningKeys...)
	f.create(webhook.NewWebhook{URL: r.URL})
	const assetsMade = 20
	halfway := make(chan struct{})
	var once sync.Once
	r.answers(func(w http.ResponseWriter, _ *http.Request) {
		if len(r.got()) >= assetsMade {
			once.Do(func() { close(halfway) })
		}
		w.WriteHeader(http.StatusOK)
	})
	during(t, []*webhook.Hooks{f.hooks}, func() {
		during(t, []*webhook.Hooks{second}, func() {
			for range assetsMade {
				f.approved("w")
			}
			<-halfway
		})
		waitFor(t, func() bool { return distinct(t, r.got()) == 2*assetsMade })
	})
	last := map[assets.ID]int64{}
	for _, one := range r.got() {
		e := one.event(t)
		if e.Data.Revision < last[e.Data.AssetID] {
			t.Errorf("revision %d of %s after %d", e.Data.Revision, e.Data.AssetID, last[e.Data.AssetID])
		}
		last[e.Data.AssetID] = e.Data.Revision
	}
}

// distinct returns the number of events among requests.
func distinct(t *testing.T, requests []request) int {
	t.Helper()
	ids := map[assets.ID]bool{}
	for _, r := range requests {
		ids[r.event(t).ID] = true
	}
	return len(ids)
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("it takes too long")
		}
	}
}

// TestKilledServerLosesNothing: what it had leased is sent by another when the lease has
// ended, with the same id.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.ok(f.hooks.FanOut(t.Context(), f.events()))
	_, other := f.open(f.cfg.SigningKeys...)
	other.SetLease(0)
	killed, err := other.Claim(t.Context())
	f.ok(err)
	if n := f.deliver(); n != 1 {
		t.Errorf("%d attempts after the lease", n)
	}
	f.hooks.Attempt(t.Context(), killed[0]) // it was only paused
	got := r.got()
	if len(got) != 2 || got[0].event(t).ID != got[1].event(t).ID {
		t.Errorf("%d requests", len(got))
	}
	if n := f.deliver(); n != 0 {
		t.Errorf("%d attempts later", n)
	}
}

// TestRunAfterPruning: if events were pruned that were not queued yet, webhooks are told of
// those that are left.
func TestRunAfterPruning(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.ok(f.lib.SkipReserved(t.Context(), "assets/webhooks"))
	f.approved("w")
	f.advance(time.Hour)
	kept := assets.TimeOf(f.time())
	want := map[assets.ID]bool{f.approved("w").ID: true, f.approved("w").ID: true}
	journal, _ := assets.StoreAs[assets.Journal](f.lib.Store())
	if n, err := journal.PruneEvents(t.Context(), kept); err != nil || n == 0 {
		t.Fatalf("%d pruned, %v", n, err)
	}
	during(t, []*webhook.Hooks{f.hooks}, func() {
		waitFor(t, func() bool { return distinct(t, r.got()) >= len(want) })
	})
	for _, one := range r.got() {
		if id := one.event(t).Data.AssetID; !want[id] {
			t.Errorf("an event about %s, want one about each of %v", id, want)
		}
	}
	if log := f.log.String(); !strings.Contains(log, "webhooks missed events") {
		t.Errorf("the log does not say that events are missing:\n%s", log)
	}
}

func TestRunUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := newFixture(t)
	if err := f.hooks.Run(ctx); err != nil { // has ended already
		t.Errorf("Run: %v", err)
	}
}

// TestLeaseEndsByTheClockOfTheStore: a server whose clock is far ahead sends nothing that
// another one is sending.
func TestLeaseEndsByTheClockOfTheStore(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.ok(f.hooks.FanOut(t.Context(), f.events()))
	sending, err := f.hooks.Claim(t.Context())
	f.ok(err)
	f.advance(24 * time.Hour)
	if n := f.deliver(); n != 0 {
		t.Errorf("%d attempts while another has the lease", n)
	}
	f.hooks.Attempt(t.Context(), sending[0])
	if n := len(r.got()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
