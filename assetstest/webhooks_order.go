package assetstest

import (
	"math/rand/v2"

	"github.com/10ex/assets"
	hook "github.com/10ex/assets/webhook/record"
)

// orderCases test in which order an endpoint hears of the changes of an asset.
var orderCases = []webhookCase{
	{"what is sent again is followed by the later changes of its asset", func(t *webhookT) {
		t.add(activeWebhook(1))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(1, 11, 1), sampleDelivery(1, 12, 1), sampleDelivery(1, 13, 1), sampleDelivery(1, 20, 2))
		for after, state := range []hook.State{hook.StateFailed, hook.StateDelivered, hook.StateFailed, hook.StateDelivered} {
			for _, c := range t.claim(assets.Time(after), 10) {
				t.finish(c, state, assets.Time(after))
			}
		}
		t.dueAre(baseTime + hour)
		t.retry(idOf(10), baseTime+hour)
		for _, want := range []assets.ID{idOf(10), idOf(11), idOf(13)} { // 12 was never taken
			claimed := t.claim(hour, 10)
			t.same("claimed", deliveryIDs(claimed), []assets.ID{want})
			for _, c := range claimed {
				t.finish(c, hook.StateDelivered, hour)
			}
		}
		t.dueAre(baseTime + 2*hour)
	}},
	{"whatever is sent again, the changes of an asset end in their order", func(t *webhookT) {
		for seed := range 4 {
			w := &webhookWalk{webhookT: t, Rand: rand.New(rand.NewPCG(uint64(seed), 21)), webhook: 1 + seed, sent: map[assets.ID]int{}} //nolint:gosec // a walk that can be repeated
			w.run()
		}
	}},
}

// webhookWalk calls a store at random, as servers, callers and the upkeep do, and keeps
// what an endpoint would have got.
type webhookWalk struct {
	*webhookT
	*rand.Rand

	webhook int
	now     assets.Time     // after baseTime
	events  []hook.Delivery // that were queued, in the order of their positions
	replay  [2]int          // the range of events that is to be queued again
	claimed []hook.Claimed
	sent    map[assets.ID]int // when each event arrived last: a number that grows
	count   int
}

func (w *webhookWalk) run() {
	w.add(activeWebhook(w.webhook))
	steps := []func(){w.change, w.change, w.change, w.startReplay, w.page, w.page, w.retryOne, w.attempt, w.attempt, w.end, w.end, w.end, w.prune, w.pause}
	for range 120 {
		w.now++
		steps[w.IntN(len(steps))]()
	}
	w.setPaused("")
	for w.replay[0] < w.replay[1] {
		w.page()
	}
	for range 1000 {
		for _, c := range w.claimed {
			w.arrives(c, hook.StateDelivered)
		}
		w.now += 10 // behind all times that finish sets
		if w.claimed = w.webhookT.claim(w.now, 10); len(w.claimed) == 0 {
			break
		}
	}
	w.check()
}

// check compares when the events of each asset arrived last with their positions.
func (w *webhookWalk) check() {
	w.Helper()
	last := map[assets.ID]hook.Delivery{}
	stored := w.stored(w.webhook)
	state := map[assets.ID]hook.State{}
	for _, d := range stored {
		state[d.EventID] = d.State
		if d.State == hook.StatePending {
			w.Errorf("%d is pending in the end: %+v", d.Position, d)
		}
	}
	for _, e := range w.events {
		if state[e.EventID] != hook.StateDelivered {
			continue // it was never taken in the end, or is not in the log any more
		}
		if before, known := last[e.AssetID]; known && w.sent[before.EventID] > w.sent[e.EventID] {
			w.Errorf("walk %d: the event at %d arrived after the one at %d of the same asset", w.webhook, before.Position, e.Position)
		}
		last[e.AssetID] = e
	}
}

// change queues the event of a new change.
func (w *webhookWalk) change() {
	d := w.delivery(len(w.events))
	d.AssetID = idOf(6000 + w.IntN(3))
	w.events = append(w.events, d)
	w.enqueue(d)
}

// delivery returns the n-th event as it is queued now.
func (w *webhookWalk) delivery(n int) hook.Delivery {
	w.count++
	d := hook.Delivery{
		ID: idOf(w.webhook*10_000 + w.count), WebhookID: idOf(w.webhook), Workspace: "w", EventID: idOf(100_000 + w.webhook*1000 + n),
		EventType: "asset.edited", Position: int64(n + 1), Body: []byte("{}"), CreatedAt: baseTime + w.now,
		State: hook.StatePending, DueAt: baseTime + w.now,
	}
	if n < len(w.events) {
		d.AssetID = w.events[n].AssetID
	}
	return d
}

func (w *webhookWalk) startReplay() {
	if len(w.events) > 0 {
		w.replay = [2]int{w.IntN(len(w.events)), len(w.events)}
	}
}

// page queues the next events of the replay.
func (w *webhookWalk) page() {
	var batch []hook.Delivery
	for ; w.replay[0] < w.replay[1] && len(batch) < 3; w.replay[0]++ {
		batch = append(batch, w.delivery(w.replay[0]))
	}
	w.ok(w.Enqueue(w.Context(), batch, true))
}

func (w *webhookWalk) retryOne() {
	if all := w.stored(w.webhook); len(all) > 0 {
		_, err := w.Retry(w.Context(), "w", idOf(w.webhook), all[w.IntN(len(all))].ID, baseTime+w.now)
		w.ok(err)
	}
}

func (w *webhookWalk) attempt() {
	w.claimed = append(w.claimed, w.webhookT.claim(w.now, 1+w.IntN(4))...)
}

// end ends one of the attempts.
func (w *webhookWalk) end() {
	if len(w.claimed) == 0 {
		return
	}
	i := w.IntN(len(w.claimed))
	c := w.claimed[i]
	w.claimed = append(w.claimed[:i], w.claimed[i+1:]...)
	state := hook.StateDelivered
	if w.IntN(4) == 0 {
		state = hook.States()[w.IntN(3)]
	}
	w.arrives(c, state)
}

func (w *webhookWalk) arrives(c hook.Claimed, state hook.State) {
	if state == hook.StateDelivered {
		w.count++
		w.sent[c.Delivery.EventID] = w.count
	}
	w.finish(c, state, w.now+assets.Time(w.IntN(3)))
}

func (w *webhookWalk) prune() {
	_, err := w.PruneDeliveries(w.Context(), baseTime+w.now-40, baseTime+w.now)
	w.ok(err)
}

func (w *webhookWalk) pause() {
	w.setPaused([]hook.Pause{"", hook.PauseByCaller}[w.IntN(2)])
}

func (w *webhookWalk) setPaused(why hook.Pause) {
	_, err := w.ChangeWebhook(w.Context(), "w", idOf(w.webhook), func(h *hook.Webhook) error {
		h.Paused, h.UpdatedAt = why, baseTime+w.now
		return nil
	})
	w.ok(err)
}
