package assetstest

import (
	"sync"
	"time"

	"github.com/10ex/assets"
	hook "github.com/10ex/assets/webhook/record"
)

// leaseCases test how processes share deliveries.
var leaseCases = []webhookCase{
	{"a lease that has ended is given again, and the old one is void", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1))
		first := t.lease(0, 10, 0)
		second := t.claim(0, 10)
		t.dueAre(baseTime + hour)
		t.same("claimed again", deliveryIDs(second), []assets.ID{idOf(10)})
		t.absent("Finish of the old lease", t.Finish(t.Context(), first[0].Delivery, hook.PauseGone))
		without := first[0].Delivery
		without.Lease = ""
		t.absent("Finish without a lease", t.Finish(t.Context(), without, ""))
		t.finish(second[0], hook.StateDelivered, hour+1)
		t.absent("a second Finish", t.Finish(t.Context(), second[0].Delivery, ""))
		w, err := t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		if w.Paused != "" {
			t.Error("the void lease has paused the webhook")
		}
		t.dueAre(baseTime+hour+1, idOf(11))
	}},
	{"a lease that has ended can be finished until it is given again", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1))
		t.finish(t.lease(0, 10, 0)[0], hook.StateDelivered, 2*hour)
		t.dueAre(baseTime + 3*hour)
	}},
	{"leases that end free their places", func(t *webhookT) {
		t.add(activeWebhook(1))
		for n := range 2 * hook.MaxInFlight {
			t.enqueue(sampleDelivery(1, 10+n, n))
		}
		if got := t.lease(0, 100, 0); len(got) != hook.MaxInFlight {
			t.Fatalf("%d in flight", len(got))
		}
		if got := t.claim(0, 100); len(got) != hook.MaxInFlight {
			t.Errorf("%d in flight after the leases have ended, want %d", len(got), hook.MaxInFlight)
		}
	}},
	{"a workspace gets no more than its room", func(t *webhookT) {
		for w, workspace := range []string{"w", "w", "v", "u"} { // those that the first two leave waiting are behind them
			t.add(hook.Webhook{ID: idOf(1 + w), Workspace: workspace})
			for n := range hook.MaxInFlight {
				d := sampleDelivery(1+w, 100+10*w+n, n)
				d.Workspace, d.DueAt = workspace, baseTime-4+assets.Time(w)
				t.enqueue(d)
			}
		}
		claim := func(limit, each int, attempting map[string]int) map[string]int {
			got := make(map[string]int)
			for { // all webhooks get their turn, if not in one call
				t.leases++
				c := hook.Claim{Now: baseTime, For: time.Hour, Lease: leaseOf(t.leases), Limit: limit, PerWorkspace: each, Attempting: attempting}
				claimed, err := t.Claim(t.Context(), c)
				t.ok(err)
				if len(claimed) == 0 {
					return got
				}
				for _, one := range claimed {
					got[one.Delivery.Workspace]++
					attempting[one.Delivery.Workspace]++
				}
			}
		}
		t.same("first", claim(2, 3, map[string]int{"u": 3}), map[string]int{"w": 3, "v": 3})
		t.same("second", claim(100, 5, map[string]int{"w": 3, "v": 3, "u": 9}), map[string]int{"w": 2, "v": 1})
		t.same("third", claim(100, 0, map[string]int{"w": 9}), map[string]int{"w": 3, "u": 4})
	}},
	{"clocks that differ do not end a lease", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1))
		first := t.claim(0, 10)
		t.dueAre(baseTime + 1000*hour) // a server whose clock is far ahead
		_, err := t.Retry(t.Context(), "w", idOf(1), idOf(10), baseTime+1000*hour)
		t.ok(err)
		_, err = t.PruneDeliveries(t.Context(), baseTime+1000*hour, baseTime+1000*hour)
		t.ok(err)
		t.finish(first[0], hook.StateDelivered, 1)
	}},
	{"concurrent claims share the work", func(t *webhookT) {
		const webhooks, each = 6, 3
		for w := range webhooks {
			t.add(activeWebhook(1 + w))
			for n := range each {
				t.enqueue(sampleDelivery(1+w, 100+10*w+n, n))
			}
		}
		var mu sync.Mutex
		seen := make(map[assets.ID]int)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for {
					claimed, err := t.Claim(t.Context(), hook.Claim{Now: baseTime, For: time.Hour, Lease: leaseOf(i), Limit: 2})
					if err != nil {
						t.Error(err)
						return
					}
					if len(claimed) == 0 {
						return
					}
					mu.Lock()
					for _, c := range claimed {
						seen[c.Delivery.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, c := range t.claim(0, 100) { // what was locked when the last of them looked
			seen[c.Delivery.ID]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was claimed %d times", id, n)
			}
		}
		if len(seen) != webhooks*each {
			t.Errorf("%d were claimed, want %d", len(seen), webhooks*each)
		}
	}},
	{"deliveries queued and finished at once are all due in the end", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2))
		const each = 8
		var wg sync.WaitGroup
		for i := range each {
			wg.Go(func() {
				both := []hook.Delivery{sampleDelivery(1, 100+i, i%3), sampleDelivery(2, 200+i, i%3)}
				if err := t.Enqueue(t.Context(), both, false); err != nil {
					t.Error(err)
				}
			})
		}
		delivered := 0
		drain := func(lease string) {
			for {
				claimed, err := t.Claim(t.Context(), hook.Claim{Now: baseTime, For: time.Hour, Lease: lease, Limit: 3})
				if err != nil {
					t.Error(err)
				}
				if len(claimed) == 0 {
					return
				}
				for _, c := range claimed {
					t.finish(c, hook.StateDelivered, 0)
					delivered++
				}
			}
		}
		drain("during")
		wg.Wait()
		drain("after")
		if delivered != 2*each {
			t.Errorf("%d were delivered, want %d", delivered, 2*each)
		}
	}},
}
