package assetstest

import (
	"slices"

	"github.com/10ex/assets"
	hook "github.com/10ex/assets/webhook/record"
)

// laneCases test which deliveries are due.
var laneCases = []webhookCase{
	{"every field of a delivery comes back", func(t *webhookT) {
		t.add(sampleWebhook("w", 1))
		_, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error {
			w.Paused, w.PausedAt, w.UpdatedAt = "", 0, baseTime-100
			return nil
		})
		t.ok(err)
		want := sampleDelivery(1, 10, 1)
		want.Attempts, want.Tries, want.Since, want.LastAt, want.Status, want.Problem = 5, 4, baseTime-3, baseTime-1, 500, "status 500"
		want.Body = []byte(`{"digits":9007199254740993,"text":"é 😀 \u0000"}`)
		t.enqueue(want)
		webhook, err := t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		claimed := t.claim(0, 10)
		want.Lease = leaseOf(1)
		t.same("claimed", claimed, []hook.Claimed{{Webhook: webhook, Delivery: want}})
		d := claimed[0].Delivery
		d.State, d.Attempts, d.Tries, d.Since, d.DueAt = hook.StatePending, 6, 5, baseTime+1, baseTime+7
		d.LastAt, d.Status, d.Problem = baseTime+2, 302, "status 302"
		t.ok(t.Finish(t.Context(), d, ""))
		d.Lease, d.Body = "", nil
		t.same("listed", t.stored(1), []hook.Delivery{d})
	}},
	{"deliveries are listed by state, newest first", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2))
		for n := range 4 {
			t.enqueue(sampleDelivery(1, 10+n, n), sampleDelivery(2, 20+n, n))
		}
		for i, c := range t.claim(0, 100) {
			t.finish(c, hook.States()[i%3], 1)
		}
		list := func(state hook.State, before assets.ID, limit int) (ids []assets.ID) {
			page, err := t.Deliveries(t.Context(), "w", idOf(1), state, before, limit)
			t.ok(err)
			for _, d := range page {
				ids = append(ids, d.ID)
			}
			return ids
		}
		t.same("all", list("", "", 10), []assets.ID{idOf(13), idOf(12), idOf(11), idOf(10)})
		t.same("page", list("", idOf(13), 2), []assets.ID{idOf(12), idOf(11)})
		t.same("pending", list(hook.StatePending, "", 10), []assets.ID{idOf(13), idOf(10)})
		t.same("delivered", list(hook.StateDelivered, "", 10), []assets.ID{idOf(11)})
		t.same("failed", list(hook.StateFailed, "", 10), []assets.ID{idOf(12)})
		t.same("no limit", list("", "", 0), []assets.ID(nil))
	}},
	{"an event is queued once for each webhook", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2))
		first, again, other := sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1), sampleDelivery(2, 12, 1)
		again.EventID, other.EventID = first.EventID, first.EventID
		t.enqueue(first, again, other, sampleDelivery(3, 13, 1)) // there is no third webhook
		t.enqueue(first, again)
		t.enqueue()
		t.dueAre(baseTime, idOf(10), idOf(12))
		if all := t.stored(1); len(all) != 1 {
			t.Errorf("%d deliveries, want 1", len(all))
		}
	}},
	{"the changes of an asset are delivered in their order", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 12, 1))
		t.enqueue(sampleDelivery(1, 11, 1), sampleDelivery(1, 10, 1), sampleDelivery(1, 13, 2))
		claimed := t.claim(0, 10)
		t.same("first", deliveryIDs(claimed), []assets.ID{idOf(10), idOf(13)})
		t.dueAre(baseTime + 1) // both are leased
		t.finish(claimed[0], hook.StatePending, 50)
		t.finish(claimed[1], hook.StateDelivered, 50)
		t.dueAre(baseTime + 49) // it waits, and 11 behind it
		second := t.claim(50, 10)
		t.same("second", deliveryIDs(second), []assets.ID{idOf(10)})
		t.finish(second[0], hook.StateDelivered, 60)
		third := t.claim(60, 10)
		t.same("third", deliveryIDs(third), []assets.ID{idOf(11)})
		t.finish(third[0], hook.StateFailed, 70) // it is given up, and no longer in the way
		t.dueAre(baseTime+70, idOf(12))
	}},
	{"one that comes late does not overtake one in flight", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 12, 1))
		claimed := t.claim(0, 10)
		t.enqueue(sampleDelivery(1, 10, 1))
		t.dueAre(baseTime + 1)
		t.finish(claimed[0], hook.StatePending, 2)
		t.dueAre(baseTime+2, idOf(10))
	}},
	{"tests wait for nothing", func(t *webhookT) {
		t.add(activeWebhook(1))
		var ids []assets.ID
		for n := range 2 {
			d := sampleDelivery(1, 20+n, 1)
			d.AssetID, d.Position = "", 0
			t.enqueue(d)
			ids = append(ids, d.ID)
		}
		t.enqueue(sampleDelivery(1, 10, 1))
		t.dueAre(baseTime, append(ids, idOf(10))...)
	}},
	{"a webhook has a limited number in flight", func(t *webhookT) {
		t.add(activeWebhook(1))
		for n := range hook.MaxInFlight + 2 {
			t.enqueue(sampleDelivery(1, 10+n, n))
		}
		one := t.claim(0, 1)
		rest := t.claim(0, 100)
		if len(one) != 1 || len(rest) != hook.MaxInFlight-1 {
			t.Fatalf("%d and %d in flight, want 1 and %d", len(one), len(rest), hook.MaxInFlight-1)
		}
		if more := t.claim(0, 100); len(more) != 0 {
			t.Errorf("%d more in flight", len(more))
		}
		t.finish(rest[0], hook.StateDelivered, 1)
		if more := t.claim(1, 100); len(more) != 1 {
			t.Errorf("%d more after one has ended, want 1", len(more))
		}
	}},
	{"each webhook gets its turn", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2), activeWebhook(3))
		for n := range 20 {
			busy := sampleDelivery(1, 10+n, n)
			busy.DueAt -= hour
			t.enqueue(busy)
		}
		t.enqueue(sampleDelivery(2, 50, 1), sampleDelivery(3, 51, 1))
		var got []assets.ID
		for range 2 { // the limit is below what the first webhook may have
			got = append(got, deliveryIDs(t.claim(1, 3))...)
		}
		for _, id := range []assets.ID{idOf(50), idOf(51)} {
			if !slices.Contains(got, id) {
				t.Errorf("%v were claimed, without %s", got, id)
			}
		}
	}},
}
