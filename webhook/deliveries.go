package webhook

import (
	"context"
	"fmt"
	"slices"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/canonjson"
	"github.com/10ex/assets/internal/id"
	"github.com/10ex/assets/webhook/record"
)

// Delivery is one event on its way to a webhook, as its workspace sees it.
type Delivery struct {
	ID            assets.ID       `json:"id"`
	EventID       assets.ID       `json:"event_id"`
	EventType     string          `json:"event_type"`
	AssetID       assets.Optional `json:"asset_id"` // null for a test
	State         record.State    `json:"state"`
	Attempts      int             `json:"attempts"`
	Status        assets.Number   `json:"status"`  // of the last response; null if there was none
	Problem       assets.Optional `json:"problem"` // why the last attempt failed
	CreatedAt     assets.Time     `json:"created_at"`
	LastAttemptAt assets.Time     `json:"last_attempt_at"`
	NextAttemptAt assets.Time     `json:"next_attempt_at"` // null unless it is pending
}

func describeDelivery(d *record.Delivery) Delivery {
	view := Delivery{
		ID: d.ID, EventID: d.EventID, EventType: d.EventType, AssetID: assets.Optional(d.AssetID), State: d.State,
		Attempts: d.Attempts, Status: assets.Number(d.Status), Problem: assets.Optional(d.Problem),
		CreatedAt: d.CreatedAt, LastAttemptAt: d.LastAt,
	}
	if d.State == record.StatePending {
		view.NextAttemptAt = d.DueAt
	}
	return view
}

// TestType is the type of the events that Test sends.
const TestType = "webhook.test"

// testEvent is the body of a test: an event about no asset.
type testEvent struct {
	ID        assets.ID   `json:"id"`
	Type      string      `json:"type"`
	At        assets.Time `json:"occurred_at"`
	Workspace string      `json:"company_id"`
	Data      struct {
		WebhookID assets.ID `json:"webhook_id"`
	} `json:"data"`
}

// Test queues an event of the type webhook.test, which is sent whatever the filters of
// the webhook are, and waits for no other. Of a paused webhook it waits until that is
// resumed.
//
// Errors: those of Delete.
func (h *Hooks) Test(ctx context.Context, by assets.Actor, webhook assets.ID) (Delivery, error) {
	if err := mayChange(by); err != nil {
		return Delivery{}, err
	}
	if _, err := h.store.Webhook(ctx, by.Workspace, webhook); err != nil {
		return Delivery{}, err
	}
	deliveryID, now := h.lib.NewID()
	event := testEvent{ID: assets.ID(id.Random()), Type: TestType, At: now, Workspace: by.Workspace}
	event.Data.WebhookID = webhook
	body, err := canonjson.Marshal(event)
	if err != nil {
		return Delivery{}, err
	}
	d := record.Delivery{
		ID: deliveryID, WebhookID: webhook, Workspace: by.Workspace, EventID: event.ID, EventType: TestType, Body: body,
		CreatedAt: now, State: record.StatePending, DueAt: now,
	}
	if err := h.store.Enqueue(ctx, []record.Delivery{d}, false); err != nil {
		return Delivery{}, err
	}
	signal(h.queued)
	return describeDelivery(&d), nil
}

// Deliveries is one page of the log of a webhook, newest first.
type Deliveries struct {
	Items      []Delivery      `json:"items"`
	NextCursor assets.Optional `json:"next_cursor"` // null on the last page
}

// DeliveryQuery selects deliveries of a webhook.
type DeliveryQuery struct {
	PageQuery
	State record.State // empty: any
}

// Validate sets the default and returns all problems as joined FieldErrors.
func (q *DeliveryQuery) Validate() error {
	if q.State != "" && !slices.Contains(record.States(), q.State) {
		return assets.Invalid(assets.TypeNotAllowed, fmt.Sprintf("must be one of %v", record.States()), "state")
	}
	return q.PageQuery.Validate()
}

// Deliveries returns one page of the log of a webhook. What was delivered or failed is in
// it for 30 days.
//
// Errors: those of List, and assets.ErrNotFound.
func (h *Hooks) Deliveries(ctx context.Context, by assets.Actor, id assets.ID, q DeliveryQuery) (Deliveries, error) {
	if err := mayRead(by); err != nil {
		return Deliveries{}, err
	}
	if err := q.Validate(); err != nil {
		return Deliveries{}, err
	}
	bound := [][]byte{[]byte("deliveries"), []byte(by.Workspace), []byte(id), []byte(q.State)}
	before, err := h.before(bound, q.Cursor)
	if err != nil {
		return Deliveries{}, err
	}
	found, err := h.store.Deliveries(ctx, by.Workspace, id, q.State, before, q.Limit+1)
	if err != nil {
		return Deliveries{}, err
	}
	page := Deliveries{Items: []Delivery{}}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		page.NextCursor = assets.Optional(h.lib.Sign(cursorPurpose, bound, []byte(found[q.Limit-1].ID)))
	}
	for i := range found {
		page.Items = append(page.Items, describeDelivery(&found[i]))
	}
	return page, nil
}

// Retry begins a new round of attempts of a delivery in any state. While an attempt is
// being made it changes nothing.
//
// Errors: those of Delete.
func (h *Hooks) Retry(ctx context.Context, by assets.Actor, webhook, id assets.ID) (Delivery, error) {
	if err := mayChange(by); err != nil {
		return Delivery{}, err
	}
	d, err := h.store.Retry(ctx, by.Workspace, webhook, id, h.lib.Now())
	if err != nil {
		return Delivery{}, err
	}
	signal(h.queued)
	return describeDelivery(&d), nil
}

// maxCursor is the length of a cursor of the feed in bytes, at most.
const maxCursor = 512

// CheckCursor returns a FieldError if the cursor of a replay is missing or malformed.
func CheckCursor(after string) error {
	if after == "" {
		return assets.Invalid(assets.TypeMissing, "is required", "after")
	}
	return checkText(after, maxCursor, "after")
}

// Replay queues the events of the journal once more that are behind a cursor of the feed
// and that the webhook's filters select, also those that were delivered, or are older
// than the webhook. It replaces a replay that has not ended. If events are removed from the
// journal before they are queued, the replay ends, and the webhook has the ReplayProblem
// "events_pruned" until the next replay.
//
// Errors: those of Delete, assets.ErrInvalidCursor, assets.ErrEventsPruned.
func (h *Hooks) Replay(ctx context.Context, by assets.Actor, id assets.ID, after string) (Webhook, error) {
	if err := mayChange(by); err != nil {
		return Webhook{}, err
	}
	if err := CheckCursor(after); err != nil {
		return Webhook{}, err
	}
	if _, err := h.store.Webhook(ctx, by.Workspace, id); err != nil {
		return Webhook{}, err
	}
	position, err := h.lib.EventPosition(ctx, by.Workspace, after)
	if err != nil {
		return Webhook{}, err
	}
	journal, err := h.journal.JournalState(ctx)
	if err != nil {
		return Webhook{}, err
	}
	return h.change(ctx, by, id, func(w *record.Webhook) error {
		w.Replay = record.Replay{}
		if position < journal.Last {
			w.Replay = record.Replay{Next: position, Until: journal.Last}
		}
		return nil
	})
}
