package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// Enqueue implements [record.Queue].
func (s *Store) Enqueue(ctx context.Context, deliveries []record.Delivery, again bool) error {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	type key struct{ webhook, event assets.ID }
	known := make(map[key]*delivery, len(h.deliveries))
	for _, d := range h.deliveries {
		known[key{d.WebhookID, d.EventID}] = d
	}
	for _, d := range deliveries {
		if h.byID[d.WebhookID] == nil {
			continue
		}
		at := key{d.WebhookID, d.EventID}
		if old := known[at]; old == nil {
			added := &delivery{Delivery: copyDelivery(d)}
			h.deliveries[d.ID], known[at] = added, added
		} else if again && old.State != record.StatePending {
			old.Restart(d.DueAt)
		}
	}
	return nil
}

// Claim implements [record.Queue].
func (s *Store) Claim(ctx context.Context, c record.Claim) ([]record.Claimed, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return nil, err
	}
	perWebhook := make(map[assets.ID][]*delivery)
	for _, d := range h.heads(c.Now) {
		if c.Room(d.Workspace) > 0 {
			perWebhook[d.WebhookID] = append(perWebhook[d.WebhookID], d)
		}
	}
	inFlight := h.inFlight()
	var turns []*delivery // the first of each webhook, then the second of each
	for n := range record.MaxInFlight {
		var turn []*delivery
		for id, due := range perWebhook {
			slices.SortFunc(due, byDueTime)
			if n < min(len(due), record.MaxInFlight-inFlight[id]) {
				turn = append(turn, due[n])
			}
		}
		slices.SortFunc(turn, byDueTime)
		turns = append(turns, turn...)
	}
	claimed, taken := []record.Claimed{}, make(map[string]int)
	for _, d := range turns {
		if len(claimed) >= c.Limit || taken[d.Workspace] >= c.Room(d.Workspace) {
			continue
		}
		taken[d.Workspace]++
		d.Lease, d.leasedUntil = c.Lease, time.Now().Add(c.For)
		claimed = append(claimed, record.Claimed{Webhook: copyWebhook(*h.byID[d.WebhookID]), Delivery: copyDelivery(d.Delivery)})
	}
	return claimed, nil
}

func byDueTime(a, b *delivery) int {
	return cmp.Or(cmp.Compare(a.DueAt, b.DueAt), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
}

// heads returns the deliveries of active webhooks that are due at a time and for which
// no other of their lane is in the way.
func (h *webhooks) heads(now assets.Time) []*delivery {
	type lane struct {
		webhook assets.ID
		name    string
	}
	first := make(map[lane]*delivery)
	for _, d := range h.deliveries {
		if d.State != record.StatePending || h.byID[d.WebhookID].Paused != "" {
			continue
		}
		at := lane{d.WebhookID, d.Lane()}
		if other := first[at]; other == nil || d.leased() || !other.leased() && d.Position < other.Position {
			first[at] = d
		}
	}
	var heads []*delivery
	for _, d := range first {
		if d.DueAt <= now && !d.leased() {
			heads = append(heads, d)
		}
	}
	return heads
}

// inFlight returns how many deliveries of each webhook are leased.
func (h *webhooks) inFlight() map[assets.ID]int {
	n := make(map[assets.ID]int)
	for _, d := range h.deliveries {
		if d.leased() {
			n[d.WebhookID]++
		}
	}
	return n
}

// Finish implements [record.Queue].
func (s *Store) Finish(ctx context.Context, d record.Delivery, pause record.Pause) error {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	old := h.deliveries[d.ID]
	if old == nil || old.WebhookID != d.WebhookID || d.Lease == "" || old.Lease != d.Lease {
		return notFound("the lease of delivery %s", d.ID)
	}
	old.State, old.Attempts, old.Tries, old.Since, old.DueAt = d.State, d.Attempts, d.Tries, d.Since, d.DueAt
	old.LastAt, old.Status, old.Problem, old.Lease = d.LastAt, d.Status, d.Problem, ""
	if d.State != record.StatePending {
		h.repeatNext(&old.Delivery, d.LastAt)
	}
	h.byID[d.WebhookID].Count(d, pause)
	return nil
}

// repeatNext begins a new round of the first delivered delivery behind another one of its
// lane.
func (h *webhooks) repeatNext(d *record.Delivery, at assets.Time) {
	var next *delivery
	for _, o := range h.deliveries {
		if o.WebhookID == d.WebhookID && o.Lane() == d.Lane() && o.State == record.StateDelivered && o.Position > d.Position &&
			(next == nil || o.Position < next.Position) {
			next = o
		}
	}
	if next != nil {
		next.Restart(at)
	}
}

// repeats reports whether an earlier delivery of the lane is pending, so that this one
// comes again.
func (h *webhooks) repeats(d *record.Delivery) bool {
	for _, o := range h.deliveries {
		if o.WebhookID == d.WebhookID && o.Lane() == d.Lane() && o.State == record.StatePending && o.Position < d.Position {
			return d.State == record.StateDelivered
		}
	}
	return false
}

// Deliveries implements [record.Queue].
func (s *Store) Deliveries(
	ctx context.Context, workspace string, webhook assets.ID, state record.State, before assets.ID, limit int,
) ([]record.Delivery, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return nil, err
	}
	if _, err := h.find(workspace, webhook); err != nil {
		return nil, err
	}
	page := []record.Delivery{}
	for _, d := range h.deliveries {
		if d.WebhookID == webhook && emptyOrEqual(state, d.State) && (before == "" || d.ID < before) {
			shown := d.Delivery
			shown.Body = nil
			page = append(page, shown)
		}
	}
	slices.SortFunc(page, func(a, b record.Delivery) int { return cmp.Compare(b.ID, a.ID) })
	return page[:min(max(limit, 0), len(page))], nil
}

// Retry implements [record.Queue].
func (s *Store) Retry(ctx context.Context, workspace string, webhook, id assets.ID, at assets.Time) (record.Delivery, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return record.Delivery{}, err
	}
	if _, err := h.find(workspace, webhook); err != nil {
		return record.Delivery{}, err
	}
	d := h.deliveries[id]
	if d == nil || d.WebhookID != webhook {
		return record.Delivery{}, notFound("delivery %s", id)
	}
	if !d.leased() {
		d.Restart(at)
	}
	retried := d.Delivery
	retried.Body = nil
	return retried, nil
}

// PruneDeliveries implements [record.Queue].
func (s *Store) PruneDeliveries(ctx context.Context, before, now assets.Time) (n int, err error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return 0, err
	}
	for id, d := range h.deliveries {
		switch {
		case d.State != record.StatePending && d.LastAt < before && !h.repeats(&d.Delivery):
			delete(h.deliveries, id)
			n++
		case d.State == record.StatePending && d.WaitsSince(before) && !d.leased():
			d.Expire(now)
			h.repeatNext(&d.Delivery, now)
		}
	}
	return n, nil
}
