package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// What is done besides deliveries.
const (
	upkeepName     = "webhooks upkeep" // of the lease under which one process does it
	upkeepInterval = time.Minute
	upkeepLease    = 30 * time.Second
	pruneInterval  = time.Hour
	logTime        = 30 * 24 * time.Hour // that ended deliveries are kept
	upkeepPage     = 100                 // webhooks that are read at once
	replayRows     = 200                 // of the journal that are read at once
)

// keepUp does the upkeep until ctx has ended: every minute, and at once when this process
// has been asked for a replay.
func (h *Hooks) keepUp(ctx context.Context) {
	u := &upkeep{Hooks: h, holder: rand.Text()}
	for ctx.Err() == nil {
		if err := u.turn(ctx); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "assets: the upkeep of webhooks failed and is going to be tried again", "error", err.Error())
		}
		wait(ctx, h.replays, upkeepInterval)
	}
}

// upkeep is the upkeep of one process.
type upkeep struct {
	*Hooks
	holder    string
	lease     assets.Lease
	pruned    time.Time
	announced bool // that no secret needs an older key
}

// turn does the upkeep once, unless another process does it.
func (u *upkeep) turn(ctx context.Context) error {
	leases, ok := assets.StoreAs[assets.Followers](u.lib.Store())
	if !ok {
		return ErrNoStore
	}
	if err := u.renew(ctx, leases); err != nil {
		if errors.Is(err, assets.ErrLeased) {
			return nil
		}
		return err
	}
	defer func() { _ = leases.ReleaseFollower(context.WithoutCancel(ctx), u.lease) }() // else it ends by itself
	if err := u.each(ctx, leases); err != nil {
		return err
	}
	if now := u.lib.Now(); now.Time().Sub(u.pruned) >= pruneInterval {
		if _, err := u.store.PruneDeliveries(ctx, now.Add(-logTime), now); err != nil {
			return err
		}
		u.pruned = now.Time()
	}
	return nil
}

func (u *upkeep) renew(ctx context.Context, leases assets.Followers) (err error) {
	u.lease, err = leases.LeaseFollower(ctx, upkeepName, u.holder, upkeepLease)
	return err
}

// each encrypts the secrets of all webhooks under the newest signing key, and works on
// their replays.
func (u *upkeep) each(ctx context.Context, leases assets.Followers) error {
	older, all := 0, 0
	for before := assets.ID(""); ; {
		page, err := u.store.AllWebhooks(ctx, before, upkeepPage)
		if err != nil {
			return err
		}
		all += len(page)
		for i := range page {
			w := &page[i]
			unreadable, err := u.encryptAgain(ctx, w)
			if err != nil {
				return err
			}
			if unreadable {
				older++
			}
			for w.Replay.Until != 0 {
				if err := u.renew(ctx, leases); err != nil {
					return err
				}
				if err := u.replay(ctx, w); err != nil {
					return err
				}
			}
		}
		if len(page) < upkeepPage {
			break
		}
		before = page[len(page)-1].ID
	}
	if older == 0 && all > 0 && !u.announced {
		u.log.InfoContext(ctx, "assets: all secrets of webhooks are encrypted under the newest signing key: none needs an older one")
	}
	u.announced = older == 0 && all > 0
	return nil
}

// encryptAgain encrypts the secrets of a webhook under the newest signing key. One that
// no signing key decrypts pauses the webhook, unless it is the previous one, which ends by
// itself. It reports whether such a secret is left.
func (u *upkeep) encryptAgain(ctx context.Context, w *record.Webhook) (unreadable bool, err error) {
	if !u.stale(w) {
		return false, nil
	}
	paused := false
	changed, err := u.store.ChangeWebhook(ctx, w.Workspace, w.ID, func(w *record.Webhook) error {
		unreadable, paused = false, false
		w.Secrets = slices.DeleteFunc(w.Secrets, u.ended)
		for i := range w.Secrets {
			s := &w.Secrets[i]
			secret, newest, err := u.lib.Decrypt(secretPurpose, bound(w.Workspace, w.ID), s.Sealed)
			switch {
			case err == nil && !newest:
				s.Sealed = u.seal(w.Workspace, w.ID, string(secret))
			case err != nil && i == 0:
				unreadable = true
				if w.Paused == "" {
					w.Paused, w.PausedAt = record.PauseSecret, u.lib.Now()
					paused = true
				}
			case err != nil:
				unreadable = true
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, assets.ErrNotFound): // deleted meanwhile
		return false, nil
	case err != nil:
		return false, err
	}
	if paused {
		u.log.WarnContext(ctx, "assets: a webhook is paused", "workspace", w.Workspace, "webhook", string(w.ID), "reason", string(record.PauseSecret))
	}
	*w = changed
	return unreadable, nil
}

// stale reports whether a secret of a webhook has ended, or is not encrypted under the
// newest key.
func (u *upkeep) stale(w *record.Webhook) bool {
	return slices.ContainsFunc(w.Secrets, func(s record.Secret) bool {
		_, newest, err := u.lib.Decrypt(secretPurpose, bound(w.Workspace, w.ID), s.Sealed)
		return err != nil || !newest || u.ended(s)
	})
}

// ended reports whether a previous secret signs no more.
func (u *upkeep) ended(s record.Secret) bool { return s.EndsAt != 0 && s.EndsAt <= u.lib.Now() }

// errReplaced: the replay of a webhook was replaced by another one.
var errReplaced = errors.New("another replay began")

// replay queues the next events of a webhook's replay once more, and moves it on. A
// process that is killed in between queues them again.
func (u *upkeep) replay(ctx context.Context, w *record.Webhook) error {
	from := w.Replay
	selection, err := u.journal.SelectEvents(ctx, assets.EventFilter{Workspace: w.Workspace}, assets.EventWindow{
		After: from.Next, Rows: replayRows, Limit: replayRows, Bytes: 1 << 20,
	})
	if err != nil {
		return err
	}
	var batch []record.Delivery
	all := *w
	all.After = 0
	for i := range selection.Events {
		if e := &selection.Events[i]; e.Position <= from.Until && e.Data.AssetID != "" {
			if batch, err = u.queueFor([]record.Webhook{all}, e, batch); err != nil {
				return err
			}
		}
	}
	if err := u.enqueue(ctx, batch, true); err != nil {
		return err
	}
	next := record.Replay{Next: selection.Seen.Position, Until: from.Until}
	if next.Next >= next.Until || next.Next == from.Next {
		next = record.Replay{}
	}
	changed, err := u.store.ChangeWebhook(ctx, w.Workspace, w.ID, func(w *record.Webhook) error {
		if w.Replay != from {
			return errReplaced
		}
		w.Replay = next
		return nil
	})
	switch {
	case errors.Is(err, assets.ErrNotFound):
		w.Replay = record.Replay{}
	case errors.Is(err, errReplaced):
		current, err := u.store.Webhook(ctx, w.Workspace, w.ID)
		if err != nil {
			return err
		}
		*w = current
	case err != nil:
		return err
	default:
		*w = changed
	}
	return nil
}
