package webhook_test

import (
	"context"
	"net/http"
	"slices"
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
	killed, err := f.hooks.Claim(t.Context())
	f.ok(err)
	if n := f.deliver(); n != 0 {
		t.Errorf("%d attempts while another has the lease", n)
	}
	f.advance(webhook.LeaseTime)
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

// TestSlowReceiverDelaysNoOther: one that does not answer stands beside many that do.
func TestSlowReceiverDelaysNoOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.Now = time.Now
	f.lib, f.hooks = f.open(f.cfg.SigningKeys...)
	var once sync.Once
	stuck, end := make(chan struct{}), make(chan struct{})
	slow := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(stuck) })
		select {
		case <-end:
		case <-r.Context().Done():
		}
	})
	fast := newReceiver(t, nil)
	f.user.Workspace = "slow"
	f.create(webhook.NewWebhook{URL: slow.URL})
	const many = 100
	workspaces := make([]string, many)
	for i := range workspaces {
		workspaces[i] = "w" + string(rune('A'+i/26)) + string(rune('a'+i%26))
		f.user.Workspace = workspaces[i]
		f.create(webhook.NewWebhook{URL: fast.URL, InForceChanged: true})
	}
	took := make([]time.Duration, 0, many)
	during(t, []*webhook.Hooks{f.hooks}, func() {
		for range 20 {
			f.approved("slow")
		}
		<-stuck
		for i, w := range workspaces {
			began := time.Now()
			f.approved(w)
			waitFor(t, func() bool { return len(fast.got()) > i })
			took = append(took, time.Since(began))
		}
		close(end)
	})
	slices.Sort(took)
	if p99 := took[len(took)-2]; p99 > 2*time.Second {
		t.Errorf("p99 of the fast ones is %v", p99)
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
