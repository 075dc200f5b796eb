package assetstest

import (
	"github.com/10ex/assets"
	hook "github.com/10ex/assets/webhook/record"
)

// roundCases test what ends rounds of attempts, and what begins new ones.
var roundCases = []webhookCase{
	{"webhooks with a replay are listed, oldest first", func(t *webhookT) {
		for n := range 7 {
			w := activeWebhook(1 + n)
			w.Replay = hook.Replay{Next: 0, Until: int64(n % 3)}
			t.add(w)
		}
		paused := activeWebhook(20)
		paused.Paused, paused.Replay = hook.PauseByCaller, hook.Replay{Until: 9}
		t.add(paused)
		list := func(after assets.ID, limit int) []assets.ID {
			page, err := t.Replaying(t.Context(), after, limit)
			t.ok(err)
			ids := []assets.ID{}
			for _, w := range page {
				ids = append(ids, w.ID)
			}
			return ids
		}
		t.same("first page", list("", 3), []assets.ID{idOf(2), idOf(3), idOf(5)})
		t.same("second page", list(idOf(5), 3), []assets.ID{idOf(6)})
		t.same("nothing", list(idOf(6), 3), []assets.ID{})
		t.same("no limit", list("", 0), []assets.ID{})
	}},
	{"nothing of a paused webhook is due, until it is resumed", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 2), sampleDelivery(1, 12, 1), sampleDelivery(2, 20, 1))
		first := t.lease(0, 10, 0)
		t.same("claimed", deliveryIDs(first), []assets.ID{idOf(10), idOf(11), idOf(20)})
		d := first[0].Delivery
		d.LastAt, d.Tries, d.Attempts, d.Since, d.DueAt = baseTime+5, 1, 1, baseTime+1, baseTime+2*hour
		t.ok(t.Finish(t.Context(), d, hook.PauseGone))
		other := first[1].Delivery
		other.LastAt = baseTime + 6
		t.ok(t.Finish(t.Context(), other, hook.PauseSecret)) // it is paused already
		w, err := t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		if w.Paused != hook.PauseGone || w.PausedAt != baseTime+5 {
			t.Errorf("paused: %q at %d, want %q at 5", w.Paused, w.PausedAt-baseTime, hook.PauseGone)
		}
		t.enqueue(sampleDelivery(1, 13, 3))
		t.dueAre(baseTime+3*hour, idOf(20))
		_, err = t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error {
			w.Paused, w.PausedAt, w.Failures, w.UpdatedAt = "", 0, 0, baseTime+4*hour
			return nil
		})
		t.ok(err)
		resumed := t.lease(4*hour, 100, 0)
		t.same("resumed", deliveryIDs(resumed), []assets.ID{idOf(10), idOf(11), idOf(13), idOf(20)})
		for _, c := range resumed {
			if d := c.Delivery; d.Tries != 0 || d.Since != 0 || d.DueAt > baseTime+4*hour {
				t.Errorf("%s is not in a new round: %+v", d.ID, d)
			}
		}
		d = resumed[0].Delivery
		d.State, d.LastAt, d.Tries, d.Since, d.DueAt = hook.StatePending, baseTime+5*hour, 1, baseTime+5*hour, baseTime+6*hour
		t.ok(t.Finish(t.Context(), d, ""))
		t.dueAre(baseTime+6*hour-1, idOf(11), idOf(13), idOf(20)) // the round goes on
		again := t.claim(6*hour, 100)
		if len(again) != 4 || again[0].Delivery.Tries != 1 || again[0].Delivery.Since != baseTime+5*hour {
			t.Errorf("after an attempt of the new round: %+v", again)
		}
	}},
	{"a change that does not resume leaves the rounds", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1))
		t.finish(t.claim(0, 10)[0], hook.StatePending, hour)
		_, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error { w.URL, w.UpdatedAt = "x", baseTime; return nil })
		t.ok(err)
		t.dueAre(baseTime + hour - 1)
		_, err = t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error { w.Paused = hook.PauseByCaller; return nil })
		t.ok(err)
		t.dueAre(baseTime + 2*hour)
	}},
	{"many events that fail in a row pause the webhook", func(t *webhookT) {
		w := activeWebhook(1)
		w.Failures = hook.MaxFailures - 2
		t.add(w)
		test := sampleDelivery(1, 9, 1)
		test.AssetID, test.Position = "", 0
		t.enqueue(test, sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1), sampleDelivery(1, 12, 1), sampleDelivery(1, 13, 1))
		next := func(state hook.State) hook.Webhook {
			t.Helper()
			claimed := t.claim(1, 10)
			if len(claimed) == 0 {
				t.Fatal("nothing is due")
			}
			for _, c := range claimed {
				t.finish(c, state, 1)
			}
			w, err := t.Webhook(t.Context(), "w", idOf(1))
			t.ok(err)
			return w
		}
		if w := next(hook.StateFailed); w.Failures != hook.MaxFailures-1 || w.Paused != "" { // of the test and 10
			t.Errorf("%d failures, paused %q", w.Failures, w.Paused)
		}
		if w := next(hook.StateDelivered); w.Failures != 0 {
			t.Errorf("%d failures after a success", w.Failures)
		}
		_, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error { w.Failures = hook.MaxFailures - 1; return nil })
		t.ok(err)
		if w := next(hook.StateFailed); w.Failures != hook.MaxFailures || w.Paused != hook.PauseFailures || w.PausedAt != baseTime+1 {
			t.Errorf("%d failures, paused %q at %d", w.Failures, w.Paused, w.PausedAt-baseTime)
		}
		t.dueAre(baseTime + hour)
	}},
	{"a retry begins a new round, in its place in the order", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1))
		t.finish(t.claim(0, 10)[0], hook.StateFailed, 1)
		t.finish(t.claim(1, 10)[0], hook.StatePending, 5)
		t.retry(idOf(10), baseTime+9)
		t.dueAre(baseTime + 8) // 11 waits for 10
		claimed := t.claim(9, 10)
		t.same("claimed", deliveryIDs(claimed), []assets.ID{idOf(10)})
		if d := claimed[0].Delivery; d.State != hook.StatePending || d.Tries != 0 || d.Since != 0 || d.Attempts != 1 {
			t.Errorf("not in a new round: %+v", d)
		}
		t.retry(idOf(10), baseTime+10) // in flight
		t.retry(idOf(11), baseTime+10) // waits
		t.dueAre(baseTime + 11)
		t.finish(claimed[0], hook.StateDelivered, 12)
		t.dueAre(baseTime+12, idOf(11))
		t.retry(idOf(10), baseTime+20) // delivered, and wanted again
		t.dueAre(baseTime+20, idOf(10))
	}},
	{"what is queued again is delivered again", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1), sampleDelivery(1, 12, 2))
		for _, c := range t.claim(0, 10) { // 10 and 12
			t.finish(c, hook.StateDelivered, 1)
		}
		again := []hook.Delivery{sampleDelivery(1, 20, 1), sampleDelivery(1, 21, 1), sampleDelivery(1, 13, 3)}
		for i := range again[:2] {
			again[i].EventID, again[i].Position, again[i].DueAt = idOf(10+i+5000), int64(10+i), baseTime+7
		}
		t.ok(t.Enqueue(t.Context(), again, true))
		t.dueAre(baseTime+7, idOf(10), idOf(13))
		if all := t.stored(1); len(all) != 4 {
			t.Errorf("%d deliveries, want 4", len(all))
		}
	}},
	{"pruning removes what ended before, and gives up what waits too long", func(t *webhookT) {
		t.add(activeWebhook(1))
		old, leased, young := sampleDelivery(1, 13, 3), sampleDelivery(1, 15, 4), sampleDelivery(1, 14, 3)
		young.CreatedAt = baseTime + 100
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 2))
		for i, c := range t.claim(0, 10) {
			t.finish(c, []hook.State{hook.StateDelivered, hook.StateFailed}[i], assets.Time(10+i))
		}
		t.enqueue(old, leased, young)
		t.enqueue(sampleDelivery(1, 12, 5))
		for _, c := range t.claim(20, 10) {
			switch c.Delivery.ID {
			case idOf(12):
				t.finish(c, hook.StateDelivered, 100)
			case idOf(13):
				t.finish(c, hook.StatePending, 9)
			}
		}
		prune := func(before assets.Time, want int) {
			t.Helper()
			n, err := t.PruneDeliveries(t.Context(), baseTime+before, baseTime+200)
			t.ok(err)
			if n != want {
				t.Errorf("before %d %d were removed, want %d", before, n, want)
			}
		}
		prune(0, 0)
		prune(11, 1)  // 10; 13 has waited too long
		prune(100, 1) // 11
		states := map[assets.ID]hook.State{}
		for _, d := range t.stored(1) {
			states[d.ID] = d.State
		}
		t.same("states", states, map[assets.ID]hook.State{
			idOf(12): hook.StateDelivered, idOf(13): hook.StateFailed, idOf(14): hook.StatePending, idOf(15): hook.StatePending,
		})
		t.dueAre(baseTime+200, idOf(14)) // 13 is no longer in its way, and 15 is in flight
	}},
	{"pruning leaves what was retried", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 2))
		for i, c := range t.claim(0, 10) {
			t.finish(c, []hook.State{hook.StateDelivered, hook.StateFailed}[i], 1)
		}
		t.retry(idOf(10), baseTime+hour)
		t.retry(idOf(11), baseTime+hour)
		n, err := t.PruneDeliveries(t.Context(), baseTime+hour, baseTime+2*hour)
		t.ok(err)
		if n != 0 {
			t.Errorf("%d were removed", n)
		}
		t.dueAre(baseTime+2*hour, idOf(10), idOf(11))
	}},
}

// retry retries a delivery of the first webhook.
func (t *webhookT) retry(id assets.ID, at assets.Time) {
	t.Helper()
	got, err := t.Retry(t.Context(), "w", idOf(1), id, at)
	t.ok(err)
	if got.ID != id || got.State != hook.StatePending || got.Body != nil {
		t.Errorf("Retry returns %+v", got)
	}
}
