package assetstest

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	hook "github.com/10ex/assets/webhook/record"
)

// TestWebhooks tests a [hook.Store]. open is as for [TestStore].
func TestWebhooks[S hook.Store](t *testing.T, open func(t *testing.T) S) {
	for _, c := range slices.Concat(webhookCases, laneCases, orderCases, leaseCases, roundCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&webhookT{T: t, Store: open(t)})
		})
	}
}

// webhookT is a subtest with its own store.
type webhookT struct {
	*testing.T
	hook.Store
	leases int // calls of claim and of lease
}

type webhookCase struct {
	name string
	run  func(*webhookT)
}

var webhookCases = []webhookCase{
	{"every field of a webhook comes back", func(t *webhookT) {
		want := []hook.Webhook{sampleWebhook("w", 1), {ID: idOf(2), Workspace: "w"}}
		for i, s := range verbatim() {
			w := sampleWebhook("w", i+10)
			w.URL, w.Types, w.CampaignID, w.Description, w.CreatedBy = s, []string{s}, s, s, s
			want = append(want, w)
		}
		t.add(want...)
		slices.Reverse(want) // newest first
		for _, w := range want {
			got, err := t.Webhook(t.Context(), "w", w.ID)
			t.ok(err)
			t.same("webhook", got, w)
		}
		all, err := t.WebhooksOf(t.Context(), "w", "", 1000)
		t.ok(err)
		t.same("list", all, want)
	}},
	{"webhooks are listed newest first, each once", func(t *webhookT) {
		var want []hook.Webhook
		for n := range 5 {
			want = append([]hook.Webhook{sampleWebhook("w", 10+n)}, want...)
		}
		other := sampleWebhook("W", 12+100)
		t.add(want...)
		t.add(other)
		list := func(before assets.ID, limit int) []hook.Webhook {
			page, err := t.WebhooksOf(t.Context(), "w", before, limit)
			t.ok(err)
			return page
		}
		t.same("first page", list("", 3), want[:3])
		t.same("second page", list(want[2].ID, 3), want[3:])
		t.same("nothing", list(want[4].ID, 3), []hook.Webhook{})
		t.same("no limit", list("", 0), []hook.Webhook{})
		all, err := t.AllWebhooks(t.Context(), "", 2)
		t.ok(err)
		t.same("all", all, []hook.Webhook{other, want[0]})
	}},
	{"another workspace's webhook is not found", func(t *webhookT) {
		t.add(sampleWebhook("w", 1))
		t.enqueue(sampleDelivery(1, 5, 1))
		for _, workspace := range []string{"W", ""} {
			_, err := t.Webhook(t.Context(), workspace, idOf(1))
			t.absent("Webhook", err)
			_, err = t.ChangeWebhook(t.Context(), workspace, idOf(1), func(w *hook.Webhook) error { w.URL = "x"; return nil })
			t.absent("ChangeWebhook", err)
			t.absent("DeleteWebhook", t.DeleteWebhook(t.Context(), workspace, idOf(1)))
			_, err = t.Deliveries(t.Context(), workspace, idOf(1), "", "", 10)
			t.absent("Deliveries", err)
			_, err = t.Retry(t.Context(), workspace, idOf(1), idOf(5), baseTime)
			t.absent("Retry", err)
		}
		_, err := t.Retry(t.Context(), "w", idOf(1), idOf(6), baseTime)
		t.absent("Retry of what does not exist", err)
		got, err := t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		t.same("webhook", got, sampleWebhook("w", 1))
	}},
	{"a workspace has no more webhooks than its limit", func(t *webhookT) {
		t.add(sampleWebhook("other", 100))
		errs := make([]error, 6)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = t.AddWebhook(t.Context(), sampleWebhook("w", 1+i), 3) })
		}
		wg.Wait()
		added := 0
		for _, err := range errs {
			if err == nil {
				added++
			} else if !errors.Is(err, assets.ErrLimitReached) {
				t.Errorf("%v, want ErrLimitReached", err)
			}
		}
		if added != 3 {
			t.Errorf("added %d, want 3", added)
		}
	}},
	{"a change that fails changes nothing", func(t *webhookT) {
		t.add(sampleWebhook("w", 1))
		refused := errors.New("refused")
		_, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error { w.URL = "x"; return refused })
		if !errors.Is(err, refused) {
			t.Errorf("ChangeWebhook: %v, want the error of its function", err)
		}
		want := sampleWebhook("w", 1)
		want.URL, want.Types, want.Secrets, want.Replay = "https://new", nil, nil, hook.Replay{Next: 3, Until: 9}
		got, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error {
			w.URL, w.Types, w.Secrets, w.Replay = want.URL, nil, nil, want.Replay
			return nil
		})
		t.ok(err)
		t.same("changed", got, want)
		got, err = t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		t.same("stored", got, want)
	}},
	{"changes at once are all made", func(t *webhookT) {
		t.add(sampleWebhook("w", 1))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := t.ChangeWebhook(t.Context(), "w", idOf(1), func(w *hook.Webhook) error { w.Failures++; return nil })
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := t.Webhook(t.Context(), "w", idOf(1))
		t.ok(err)
		if want := sampleWebhook("w", 1).Failures + 8; got.Failures != want {
			t.Errorf("%d changes were kept, want %d", got.Failures, want)
		}
	}},
	{"a deleted webhook leaves nothing", func(t *webhookT) {
		t.add(activeWebhook(1), activeWebhook(2))
		t.enqueue(sampleDelivery(1, 10, 1), sampleDelivery(2, 20, 1), sampleDelivery(1, 11, 2))
		claimed := t.lease(1, 10, 0)
		t.ok(t.DeleteWebhook(t.Context(), "w", idOf(1)))
		t.absent("a second DeleteWebhook", t.DeleteWebhook(t.Context(), "w", idOf(1)))
		_, err := t.Deliveries(t.Context(), "w", idOf(1), "", "", 10)
		t.absent("Deliveries", err)
		for _, c := range claimed {
			if c.Webhook.ID == idOf(1) {
				t.absent("Finish", t.Finish(t.Context(), c.Delivery, ""))
			}
		}
		t.enqueue(sampleDelivery(1, 12, 3))
		t.dueAre(baseTime+2*hour, idOf(20))
	}},
}

const hour = 3_600_000 // in milliseconds, as assets.Time counts

// ok ends the test when err is not nil.
func (t *webhookT) ok(err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func (t *webhookT) same(what string, got, want any) {
	t.Helper()
	if d := difference(got, want); d != "" {
		t.Errorf("%s differs:\n%s", what, d)
	}
}

func (t *webhookT) absent(what string, err error) {
	t.Helper()
	if !absent(err) {
		t.Errorf("%s: %v, want ErrNotFound", what, err)
	}
}

func (t *webhookT) add(webhooks ...hook.Webhook) {
	t.Helper()
	for _, w := range webhooks {
		t.ok(t.AddWebhook(t.Context(), w, 1000))
	}
}

func (t *webhookT) enqueue(deliveries ...hook.Delivery) {
	t.Helper()
	t.ok(t.Enqueue(t.Context(), deliveries, false))
}

// claim claims at baseTime plus so many milliseconds, for an hour of the store's clock.
func (t *webhookT) claim(after assets.Time, limit int) []hook.Claimed {
	t.Helper()
	return t.lease(after, limit, time.Hour)
}

// lease is claim for a time. One of 0 has ended at once.
func (t *webhookT) lease(after assets.Time, limit int, d time.Duration) []hook.Claimed {
	t.Helper()
	t.leases++
	claimed, err := t.Claim(t.Context(), hook.Claim{Now: baseTime + after, For: d, Lease: leaseOf(t.leases), Limit: limit})
	t.ok(err)
	slices.SortFunc(claimed, func(a, b hook.Claimed) int { return cmp.Compare(a.Delivery.ID, b.Delivery.ID) })
	return claimed
}

// finish records that an attempt ended in a state at baseTime plus so many milliseconds.
func (t *webhookT) finish(c hook.Claimed, state hook.State, after assets.Time) {
	t.Helper()
	d := c.Delivery
	d.State, d.LastAt, d.DueAt = state, baseTime+after, baseTime+after
	d.Attempts++
	t.ok(t.Finish(t.Context(), d, ""))
}

// dueAre checks which deliveries are due at a time, and leases them for no time.
func (t *webhookT) dueAre(at assets.Time, want ...assets.ID) {
	t.Helper()
	got := deliveryIDs(t.lease(at-baseTime, 100, 0))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("at %d the deliveries %v are due, want %v", at-baseTime, got, want)
	}
}

// stored returns all deliveries of a webhook of workspace w, newest first.
func (t *webhookT) stored(webhook int) []hook.Delivery {
	t.Helper()
	all, err := t.Deliveries(t.Context(), "w", idOf(webhook), "", "", 1000)
	t.ok(err)
	return all
}

func deliveryIDs(claimed []hook.Claimed) []assets.ID {
	ids := []assets.ID{}
	for _, c := range claimed {
		ids = append(ids, c.Delivery.ID)
	}
	slices.Sort(ids)
	return ids
}

func leaseOf(n int) string { return "lease" + strconv.Itoa(n) }

// sampleWebhook returns a webhook with a value in every field.
func sampleWebhook(workspace string, n int) hook.Webhook {
	return hook.Webhook{
		ID: idOf(n), Workspace: workspace, URL: "https://example.com/hook", Types: []string{"asset.approved", "asset.archived"},
		InForceChanged: true, CampaignID: "spring", Description: "the site", CreatedBy: "ann",
		CreatedAt: baseTime + assets.Time(n), UpdatedAt: baseTime + assets.Time(n) + 1,
		Secrets: []hook.Secret{{Sealed: "new"}, {Sealed: "old", EndsAt: baseTime + 5}},
		After:   7, Paused: hook.PauseFailures, PausedAt: baseTime + 6, Failures: 3,
		Replay: hook.Replay{Next: 8, Until: 9},
	}
}

// activeWebhook returns the webhook of workspace w with an id and nothing else.
func activeWebhook(n int) hook.Webhook { return hook.Webhook{ID: idOf(n), Workspace: "w"} }

// sampleDelivery returns the n-th delivery, due at baseTime: to a webhook, of an event
// about an asset whose position is n.
func sampleDelivery(webhook, n, asset int) hook.Delivery {
	return hook.Delivery{
		ID: idOf(n), WebhookID: idOf(webhook), Workspace: "w", EventID: idOf(n + 5000), EventType: "asset.approved",
		AssetID: idOf(asset + 6000), Position: int64(n), Body: []byte(`{"id":1}`), CreatedAt: baseTime,
		State: hook.StatePending, DueAt: baseTime, Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}
