package webhook

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/canonjson"
	"github.com/10ex/assets/webhook/record"
)

// follower is the name under which the mark of the journal is kept, up to which events
// have been queued.
const follower = assets.ReservedFollowers + "webhooks"

// enqueueBatch is how many deliveries one transaction queues, so that other writers do
// not wait long.
const enqueueBatch = 200

// fanOut queues a delivery of each event for each webhook that is to be told of it. A
// webhook is looked up after the event was read, so one that was made before the event
// was committed is found.
func (h *Hooks) fanOut(ctx context.Context, events []assets.Event) error {
	webhooks := make(map[string][]record.Webhook)
	var batch []record.Delivery
	for i := range events {
		e := &events[i]
		if e.Data.AssetID == "" { // about no asset, such as workspace.purged
			continue
		}
		if _, known := webhooks[e.Workspace]; !known {
			found, err := h.store.WebhooksOf(ctx, e.Workspace, "", MaxWebhooks)
			if err != nil {
				return err
			}
			webhooks[e.Workspace] = found
		}
		var err error
		if batch, err = h.queueFor(webhooks[e.Workspace], e, batch); err != nil {
			return err
		}
		if len(batch) >= enqueueBatch || i == len(events)-1 {
			if err := h.enqueue(ctx, batch, false); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return h.enqueue(ctx, batch, false)
}

// queueFor appends a delivery of an event for each of the webhooks that is to be told of
// it.
func (h *Hooks) queueFor(webhooks []record.Webhook, e *assets.Event, batch []record.Delivery) ([]record.Delivery, error) {
	var body []byte
	for i := range webhooks {
		w := &webhooks[i]
		if e.Position <= w.After || !wants(w, e) || h.abandoned(w) {
			continue
		}
		if body == nil {
			var err error
			if body, err = canonjson.Marshal(e); err != nil {
				return nil, err
			}
		}
		batch = append(batch, h.newDelivery(w, e, body))
	}
	return batch, nil
}

// wants reports whether the filters of a webhook select an event of its workspace.
func wants(w *record.Webhook, e *assets.Event) bool {
	f := filterOf(w)
	return f.Matches(e)
}

// filterOf returns the filter of a webhook.
func filterOf(w *record.Webhook) assets.EventFilter {
	f := assets.EventFilter{Workspace: w.Workspace, CampaignID: w.CampaignID, InForceChanged: w.InForceChanged}
	for _, t := range w.Types {
		f.Types = append(f.Types, assets.EventType(t))
	}
	return f
}

// abandoned reports whether a webhook has been paused for so long that what is queued is
// given up. Nothing more is queued for it then.
func (h *Hooks) abandoned(w *record.Webhook) bool {
	return w.Paused != "" && w.PausedAt.Add(logTime) < h.lib.Now()
}

func (h *Hooks) newDelivery(w *record.Webhook, e *assets.Event, body []byte) record.Delivery {
	id, now := h.lib.NewID()
	return record.Delivery{
		ID: id, WebhookID: w.ID, Workspace: w.Workspace, EventID: e.ID, EventType: string(e.Type), AssetID: e.Data.AssetID,
		Position: e.Position, Body: body, CreatedAt: now, State: record.StatePending, DueAt: now, Trace: e.Trace,
	}
}

func (h *Hooks) enqueue(ctx context.Context, batch []record.Delivery, again bool) error {
	if len(batch) == 0 {
		return nil
	}
	if err := h.store.Enqueue(ctx, batch, again); err != nil {
		return err
	}
	signal(h.queued)
	return nil
}
