package memory

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// webhooks holds webhooks and deliveries outside of the state, as in a database they are
// no part of an Update.
type webhooks struct {
	mu         sync.Mutex
	byID       map[assets.ID]*record.Webhook
	deliveries map[assets.ID]*delivery
}

// delivery is a delivery with the end of its lease.
type delivery struct {
	record.Delivery
	leasedUntil time.Time
}

// leased reports whether the delivery is being attempted.
func (d *delivery) leased() bool { return d.Lease != "" && time.Now().Before(d.leasedUntil) }

func newWebhooks() webhooks {
	return webhooks{byID: make(map[assets.ID]*record.Webhook), deliveries: make(map[assets.ID]*delivery)}
}

// lockWebhooks returns the webhooks, locked, and an error if ctx has ended. The caller calls
// unlock in any case.
func (s *Store) lockWebhooks(ctx context.Context) (h *webhooks, unlock func(), err error) {
	s.webhooks.mu.Lock()
	return &s.webhooks, s.webhooks.mu.Unlock, checkContext(ctx)
}

// find returns a webhook of a workspace, or ErrNotFound.
func (h *webhooks) find(workspace string, id assets.ID) (*record.Webhook, error) {
	w, ok := h.byID[id]
	if !ok || w.Workspace != workspace {
		return nil, notFound("webhook %s", id)
	}
	return w, nil
}

// AddWebhook implements [record.Webhooks].
func (s *Store) AddWebhook(ctx context.Context, w record.Webhook, limit int) error {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	n := 0
	for _, other := range h.byID {
		if other.Workspace == w.Workspace {
			n++
		}
	}
	if n >= limit {
		return record.LimitReached(limit)
	}
	added := copyWebhook(w)
	h.byID[w.ID] = &added
	return nil
}

// Webhook implements [record.Webhooks].
func (s *Store) Webhook(ctx context.Context, workspace string, id assets.ID) (record.Webhook, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return record.Webhook{}, err
	}
	w, err := h.find(workspace, id)
	if err != nil {
		return record.Webhook{}, err
	}
	return copyWebhook(*w), nil
}

// WebhooksOf implements [record.Webhooks].
func (s *Store) WebhooksOf(ctx context.Context, workspace string, before assets.ID, limit int) ([]record.Webhook, error) {
	return s.listWebhooks(ctx, before, limit, func(w *record.Webhook) bool { return w.Workspace == workspace })
}

// AllWebhooks implements [record.Webhooks].
func (s *Store) AllWebhooks(ctx context.Context, before assets.ID, limit int) ([]record.Webhook, error) {
	return s.listWebhooks(ctx, before, limit, func(*record.Webhook) bool { return true })
}

// Replaying implements [record.Webhooks].
func (s *Store) Replaying(ctx context.Context, after assets.ID, limit int) ([]record.Webhook, error) {
	page, err := s.listWebhooks(ctx, "", math.MaxInt, func(w *record.Webhook) bool {
		return w.Replay.Until != 0 && w.Paused == "" && w.ID > after
	})
	slices.Reverse(page)
	return page[:min(max(limit, 0), len(page))], err
}

func (s *Store) listWebhooks(ctx context.Context, before assets.ID, limit int, which func(*record.Webhook) bool) ([]record.Webhook, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return nil, err
	}
	page := []record.Webhook{}
	for _, w := range h.byID {
		if which(w) && (before == "" || w.ID < before) {
			page = append(page, copyWebhook(*w))
		}
	}
	slices.SortFunc(page, func(a, b record.Webhook) int { return cmp.Compare(b.ID, a.ID) })
	return page[:min(max(limit, 0), len(page))], nil
}

// ChangeWebhook implements [record.Webhooks].
func (s *Store) ChangeWebhook(ctx context.Context, workspace string, id assets.ID, fn func(*record.Webhook) error) (record.Webhook, error) {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return record.Webhook{}, err
	}
	w, err := h.find(workspace, id)
	if err != nil {
		return record.Webhook{}, err
	}
	changed := copyWebhook(*w)
	if err := fn(&changed); err != nil {
		return record.Webhook{}, err
	}
	if w.Paused != "" && changed.Paused == "" {
		for _, d := range h.deliveries {
			if at := changed.UpdatedAt; d.WebhookID == id && d.State == record.StatePending && !d.leased() && (d.Tries > 0 || d.DueAt > at) {
				d.Restart(at)
			}
		}
	}
	*w = copyWebhook(changed)
	return changed, nil
}

// DeleteWebhook implements [record.Webhooks].
func (s *Store) DeleteWebhook(ctx context.Context, workspace string, id assets.ID) error {
	h, unlock, err := s.lockWebhooks(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	if _, err := h.find(workspace, id); err != nil {
		return err
	}
	delete(h.byID, id)
	for _, d := range h.deliveries {
		if d.WebhookID == id {
			delete(h.deliveries, d.ID)
		}
	}
	return nil
}

func copyWebhook(w record.Webhook) record.Webhook {
	w.Types = slices.Clone(w.Types)
	w.Secrets = slices.Clone(w.Secrets)
	return w
}

func copyDelivery(d record.Delivery) record.Delivery {
	d.Body = slices.Clone(d.Body)
	return d
}
