package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

type deliveryRow struct {
	bun.BaseModel `bun:"table:asset_deliveries,alias:d"`

	ID        assets.ID    `bun:"id,pk"`
	WebhookID assets.ID    `bun:"webhook_id"`
	Workspace string       `bun:"workspace"`
	EventID   assets.ID    `bun:"event_id"`
	EventType string       `bun:"event_type"`
	AssetID   assets.ID    `bun:"asset_id"`
	Lane      string       `bun:"lane"`
	Position  int64        `bun:"position"`
	Body      string       `bun:"body"`
	CreatedAt assets.Time  `bun:"created_at"`
	State     record.State `bun:"state"`
	Head      int          `bun:"head"`
	Attempts  int          `bun:"attempts"`
	Tries     int          `bun:"tries"`
	Since     assets.Time  `bun:"since"`
	DueAt     assets.Time  `bun:"due_at"`
	LastAt    assets.Time  `bun:"last_at"`
	Status    int          `bun:"status"`
	Problem   string       `bun:"problem"`
	Lease     string       `bun:"lease"`
	Trace     string       `bun:"trace"`
}

func newDeliveryRow(d *record.Delivery) deliveryRow {
	return deliveryRow{
		ID: d.ID, WebhookID: d.WebhookID, Workspace: d.Workspace, EventID: d.EventID, EventType: d.EventType,
		AssetID: d.AssetID, Lane: d.Lane(), Position: d.Position, Body: string(d.Body), CreatedAt: d.CreatedAt,
		State: d.State, Attempts: d.Attempts, Tries: d.Tries, Since: d.Since, DueAt: d.DueAt,
		LastAt: d.LastAt, Status: d.Status, Problem: d.Problem, Lease: d.Lease, Trace: d.Trace,
	}
}

func (r *deliveryRow) delivery() record.Delivery {
	d := record.Delivery{
		ID: r.ID, WebhookID: r.WebhookID, Workspace: r.Workspace, EventID: r.EventID, EventType: r.EventType,
		AssetID: r.AssetID, Position: r.Position, CreatedAt: r.CreatedAt,
		State: r.State, Attempts: r.Attempts, Tries: r.Tries, Since: r.Since, DueAt: r.DueAt,
		LastAt: r.LastAt, Status: r.Status, Problem: r.Problem, Lease: r.Lease, Trace: r.Trace,
	}
	if r.Body != "" {
		d.Body = []byte(r.Body)
	}
	return d
}

// Enqueue implements [record.Queue]. As every method that changes which delivery of a
// lane is the head, it does so under the lock of the webhook's row.
func (s *Store) Enqueue(ctx context.Context, deliveries []record.Delivery, again bool) error {
	if len(deliveries) == 0 {
		return nil
	}
	perWebhook := make(map[assets.ID][]deliveryRow)
	for i := range deliveries {
		d := &deliveries[i]
		perWebhook[d.WebhookID] = append(perWebhook[d.WebhookID], newDeliveryRow(d))
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		u := s.unit(tx)
		var webhooks []webhookRow
		ids := make([]assets.ID, 0, len(perWebhook))
		for id := range perWebhook {
			ids = append(ids, id)
		}
		// In the order of ids, as every transaction that locks several.
		q := s.db.NewSelect().Model(&webhooks).Where("id IN (?)", bun.List(ids)).Order("id")
		if err := u.scan(ctx, s.engine.lockRow(q)); err != nil {
			return err
		}
		for i := range webhooks {
			w := &webhooks[i]
			if err := u.enqueue(ctx, w, perWebhook[w.ID], again); err != nil {
				return err
			}
		}
		return nil
	})
}

// enqueue inserts deliveries of one webhook, whose row is locked.
func (u *unit) enqueue(ctx context.Context, w *webhookRow, rows []deliveryRow, again bool) error {
	if err := u.put(ctx, u.db.NewInsert().Model(&rows).On("CONFLICT (webhook_id, event_id) DO NOTHING")); err != nil {
		return err
	}
	events, lanes := make([]assets.ID, len(rows)), make([]string, len(rows))
	for i := range rows {
		events[i], lanes[i] = rows[i].EventID, rows[i].Lane
	}
	due := slices.MinFunc(rows, func(a, b deliveryRow) int { return cmp.Compare(a.DueAt, b.DueAt) }).DueAt
	if again {
		_, err := u.exec(ctx, "UPDATE asset_deliveries SET "+restart+
			" WHERE webhook_id = ?1 AND event_id IN (?2) AND state <> 'pending'", due, w.ID, bun.List(events))
		if err != nil {
			return err
		}
	}
	// A head that waits for its time steps back for one with a lower position.
	_, err := u.exec(ctx, "UPDATE asset_deliveries AS d SET head = 0, lease = ''"+
		" WHERE d.webhook_id = ?0 AND d.lane IN (?1) AND d.state = 'pending' AND d.head = 1 AND "+u.engine.unleased()+
		" AND EXISTS (SELECT 1 FROM asset_deliveries AS o WHERE o.webhook_id = d.webhook_id AND o.lane = d.lane"+
		" AND o.state = 'pending' AND o.position < d.position)", w.ID, bun.List(lanes))
	if err != nil {
		return err
	}
	_, err = u.exec(ctx, "UPDATE asset_deliveries AS d SET head = 1"+
		" WHERE d.webhook_id = ?0 AND d.event_id IN (?1) AND d.state = 'pending' AND d.head = 0"+
		" AND NOT EXISTS (SELECT 1 FROM asset_deliveries AS o WHERE o.webhook_id = d.webhook_id AND o.lane = d.lane"+
		" AND o.state = 'pending' AND (o.head = 1 OR o.position < d.position))", w.ID, bun.List(events))
	if err != nil {
		return err
	}
	return u.wake(ctx, w, due)
}

// restart has the columns of a delivery whose round begins at ?0, as
// [record.Delivery].Restart sets them.
const restart = "state = 'pending', lease = '', problem = '', tries = 0, since = 0, due_at = ?0"

// wake makes Claim look at a webhook from a time on.
func (u *unit) wake(ctx context.Context, w *webhookRow, at assets.Time) error {
	if w.Paused != "" || w.WakeAt != 0 && w.WakeAt <= at {
		return nil
	}
	w.WakeAt = at
	return u.putWakeTime(ctx, w)
}

func (u *unit) putWakeTime(ctx context.Context, w *webhookRow) error {
	_, err := u.exec(ctx, "UPDATE asset_webhooks SET wake_at = nullif(?, 0), resuming = ? WHERE id = ?", w.WakeAt, w.Resuming, w.ID)
	return err
}

// Claim implements [record.Queue]. Without work it writes nothing. A webhook whose row
// another transaction has locked is left to the next call.
func (s *Store) Claim(ctx context.Context, c record.Claim) ([]record.Claimed, error) {
	claimed := []record.Claimed{}
	if c.Limit <= 0 {
		return claimed, nil
	}
	awake, args := "wake_at <= ?", []any{c.Now}
	if full := c.Full(); len(full) > 0 {
		awake, args = awake+" AND workspace NOT IN (?)", append(args, bun.List(full))
	}
	var found int
	err := s.read(ctx, &found, "SELECT count(*) FROM (SELECT 1 FROM asset_webhooks WHERE "+awake+" LIMIT 1) AS w", args...)
	if err != nil || found == 0 {
		return claimed, err
	}
	err = s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		claimed = claimed[:0]
		u := s.unit(tx)
		var webhooks []webhookRow
		q := s.db.NewSelect().Model(&webhooks).Where(awake, args...).Order("wake_at", "id").Limit(int64(c.Limit))
		if err := u.scan(ctx, s.engine.lockFreeRows(q)); err != nil || len(webhooks) == 0 {
			return err
		}
		share, restarts, taken := max(1, c.Limit/len(webhooks)), maxRestarts, make(map[string]int)
		for i := range webhooks {
			w := &webhooks[i]
			room := c.Room(w.Workspace) - taken[w.Workspace]
			if room <= 0 {
				continue
			}
			if w.Resuming != 0 && restarts > 0 {
				n, err := u.resume(ctx, w, c.Now, restarts)
				if err != nil {
					return err
				}
				restarts -= n
			}
			mine, err := u.claim(ctx, w, c, min(share, room, c.Limit-len(claimed)))
			if err != nil {
				return err
			}
			claimed, taken[w.Workspace] = append(claimed, mine...), taken[w.Workspace]+len(mine)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// maxRestarts is how many deliveries one transaction makes due because their webhooks were
// resumed, so that other writers do not wait long.
const maxRestarts = 200

// resume makes at most n deliveries due that wait for their next attempt since before
// their webhook was resumed, and returns their number. The last call for the webhook ends
// its resumption.
func (u *unit) resume(ctx context.Context, w *webhookRow, now assets.Time, n int) (int, error) {
	made, err := u.exec(ctx, "UPDATE asset_deliveries SET due_at = ?0 WHERE id IN (SELECT id FROM asset_deliveries"+
		" WHERE webhook_id = ?1 AND head = 1 AND due_at > ?2 AND last_at <= ?3 AND "+u.engine.unleased()+" ORDER BY due_at LIMIT ?4)",
		min(w.ResumedAt, now), w.ID, now, w.ResumedAt, n)
	if err == nil && int(made) < n {
		w.Resuming = 0
	}
	return int(made), err
}

// unleased selects the deliveries that have no lease, or one that has ended.
func (e engine) unleased() string { return "(lease = '' OR leased_until <= " + e.now() + ")" }

// inFlight selects the leased deliveries of a webhook. Only heads have leases: the query
// does not say so, so that it reads the index of leases and not that of all heads.
func (e engine) inFlight() string {
	return "FROM asset_deliveries WHERE webhook_id = ?0 AND lease <> '' AND leased_until > " + e.now()
}

// claim leases at most n due deliveries of one webhook, whose row is locked, and sets
// when to look at it again.
func (u *unit) claim(ctx context.Context, w *webhookRow, c record.Claim, n int) ([]record.Claimed, error) {
	var leased int
	err := u.read(ctx, &leased, "SELECT count(*) "+u.engine.inFlight(), w.ID)
	if err != nil {
		return nil, err
	}
	var claimed []record.Claimed
	if n = min(n, record.MaxInFlight-leased); n > 0 {
		if claimed, err = u.lease(ctx, w, c, n); err != nil {
			return nil, err
		}
	}
	return claimed, u.setWakeTime(ctx, w, c.Now, leased+len(claimed) >= record.MaxInFlight)
}

// setWakeTime makes Claim look at a webhook again when a delivery is due or a lease ends,
// but not before now: it has its turn behind those that have waited longer. If all places
// are taken, nothing is claimed before a lease ends.
func (u *unit) setWakeTime(ctx context.Context, w *webhookRow, now assets.Time, full bool) error {
	var next []struct{ Due, Rest *assets.Time }
	err := u.read(ctx, &next, "SELECT (SELECT min(due_at) FROM asset_deliveries WHERE webhook_id = ?0 AND head = 1 AND "+u.engine.unleased()+") AS due,"+
		" (SELECT min(leased_until) - "+u.engine.now()+" "+u.engine.inFlight()+") AS rest", w.ID)
	if err != nil {
		return err
	}
	due, rest := next[0].Due, next[0].Rest
	w.WakeAt = 0
	if due != nil && (rest == nil || !full) {
		w.WakeAt = max(*due, now)
	}
	if rest != nil && (w.WakeAt == 0 || now+*rest < w.WakeAt) {
		w.WakeAt = now + max(*rest, 0)
	}
	if w.Resuming != 0 {
		w.WakeAt = now
	}
	return u.putWakeTime(ctx, w)
}

// lease leases at most n due deliveries of a webhook.
func (u *unit) lease(ctx context.Context, w *webhookRow, c record.Claim, n int) ([]record.Claimed, error) {
	webhook, err := w.webhook()
	if err != nil {
		return nil, err
	}
	var rows []deliveryRow
	q := u.db.NewSelect().Model(&rows).Where("webhook_id = ?", w.ID).Where("head = 1").Where("due_at <= ?", c.Now).
		Where(u.engine.unleased()).Order("due_at", "position", "id").Limit(int64(n))
	if err := u.scan(ctx, q); err != nil || len(rows) == 0 {
		return nil, err
	}
	claimed, ids := make([]record.Claimed, len(rows)), make([]assets.ID, len(rows))
	for i := range rows {
		r := &rows[i]
		r.Lease, ids[i] = c.Lease, r.ID
		if w.ResumedAt > 0 && r.LastAt <= w.ResumedAt { // its round began when the webhook was resumed
			r.Tries, r.Since = 0, 0
		}
		claimed[i] = record.Claimed{Webhook: webhook, Delivery: r.delivery()}
	}
	_, err = u.exec(ctx, "UPDATE asset_deliveries SET lease = ?, leased_until = "+u.engine.now()+" + ? WHERE id IN (?)",
		c.Lease, c.For.Milliseconds(), bun.List(ids))
	return claimed, err
}
