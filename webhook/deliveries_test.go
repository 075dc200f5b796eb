package webhook_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

func TestTestCall(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL, Types: []assets.EventType{assets.EventErased}})
	queued, err := f.hooks.Test(t.Context(), f.user, w.ID)
	f.ok(err)
	if queued.State != record.StatePending || queued.EventType != webhook.TestType || queued.AssetID != "" {
		t.Errorf("queued %+v", queued)
	}
	if n := f.deliver(); n != 1 {
		t.Errorf("%d attempts", n)
	}
	got := r.got()[0]
	e := got.event(t)
	if e.Type != webhook.TestType || e.Workspace != "w" || e.ID != queued.EventID || !verifies(got, w.Secret, 0) {
		t.Errorf("the receiver got %s", got.body)
	}
	if _, err := assets.ParseID(string(e.ID)); err != nil {
		t.Errorf("the id of the event is %q", e.ID)
	}
}

func TestDeliveriesInPages(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	for range 5 {
		f.approved("w")
	}
	f.deliver()
	all := f.deliveries(w.ID)
	var walked []webhook.Delivery
	for q := (webhook.DeliveryQuery{State: record.StateDelivered, PageQuery: webhook.PageQuery{Limit: 2}}); ; {
		page, err := f.hooks.Deliveries(t.Context(), f.user, w.ID, q)
		f.ok(err)
		walked = append(walked, page.Items...)
		if page.NextCursor == "" {
			break
		}
		q.Cursor = string(page.NextCursor)
		other := q
		other.State = record.StateFailed
		if _, err := f.hooks.Deliveries(t.Context(), f.user, w.ID, other); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("the cursor of another state: %v", err)
		}
	}
	if len(all) != 5 || len(walked) != 5 || walked[0] != all[0] || walked[4] != all[4] {
		t.Errorf("walked %+v, want %+v", walked, all)
	}
	if _, err := f.hooks.Deliveries(t.Context(), f.user, w.ID, webhook.DeliveryQuery{State: "lost"}); len(assets.FieldErrors(err)) != 1 {
		t.Errorf("an unknown state: %v", err)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, status(http.StatusBadRequest))
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.deliver()
	r.answers(nil)
	if n := f.deliver(); n != 0 {
		t.Errorf("%d attempts before their time", n)
	}
	for range 2 { // pending, then delivered
		d, err := f.hooks.Retry(t.Context(), f.user, w.ID, f.deliveries(w.ID)[0].ID)
		f.ok(err)
		if d.State != record.StatePending || d.NextAttemptAt != assets.TimeOf(f.time()) {
			t.Errorf("retried %+v", d)
		}
		if n := f.deliver(); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
	}
	if d := f.deliveries(w.ID)[0]; d.State != record.StateDelivered || d.Attempts != 3 {
		t.Errorf("delivery %+v", d)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	f.approved("other")
	f.approved("w") // before the webhook
	start, err := f.lib.Events(t.Context(), f.user, assets.EventQuery{Limit: 1})
	f.ok(err)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.approved("other")
	if f.deliver(); len(r.got()) != 1 {
		t.Fatalf("%d requests before the replay", len(r.got()))
	}
	_, err = f.hooks.Replay(t.Context(), f.user, w.ID, start.NextAfter)
	f.ok(err)
	f.ok(f.hooks.UpkeepTurn()(t.Context()))
	f.deliver()
	got := r.got()
	if len(got) != 3 {
		t.Fatalf("%d requests after it, want 3", len(got))
	}
	ids := map[assets.ID]int{}
	for _, one := range got {
		ids[one.event(t).ID]++
	}
	if len(ids) != 2 || ids[got[0].event(t).ID] != 2 {
		t.Errorf("events %v, want one twice and an older one", ids)
	}
	f.ok(f.hooks.UpkeepTurn()(t.Context())) // it has ended
	if n := f.deliver(); n != 0 {
		t.Errorf("%d more attempts", n)
	}
	for after, want := range map[string]error{"x": assets.ErrInvalidCursor, start.NextAfter + "A": assets.ErrInvalidCursor} {
		if _, err := f.hooks.Replay(t.Context(), f.user, w.ID, after); !errors.Is(err, want) {
			t.Errorf("after %q: %v", after, err)
		}
	}
	if _, err := f.hooks.Replay(t.Context(), f.user, w.ID, ""); len(assets.FieldErrors(err)) != 1 {
		t.Errorf("without a cursor: %v", err)
	}
	if _, err := f.hooks.Replay(t.Context(), f.user, w.ID, assets.AfterNow); err != nil {
		t.Errorf("from now: %v", err)
	}
}
