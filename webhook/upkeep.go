package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/10ex/assets"
)

// What is done besides deliveries.
const (
	upkeepName     = assets.ReservedFollowers + "webhooks/upkeep" // of the lease under which one process does it
	upkeepInterval = time.Minute
	pruneInterval  = time.Hour
	logTime        = 30 * 24 * time.Hour // that ended deliveries are kept
	upkeepPage     = 100                 // webhooks that are read at once
)

// upkeep is the upkeep of one process.
type upkeep struct {
	*Hooks
	leases assets.Followers
	holder string

	looked    assets.Time // when all secrets were looked at
	pruned    assets.Time
	after     assets.ID // the webhook whose replay went on last
	announced bool      // that no secret needs an older key
}

// keepUp does the upkeep until ctx has ended: every minute, and at once when this process
// has been asked for a replay.
func (h *Hooks) keepUp(ctx context.Context) {
	u := h.newUpkeep(rand.Text())
	for ctx.Err() == nil {
		if err := h.lib.Observer().Job(ctx, "webhook_upkeep", u.turn); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "assets: the upkeep of webhooks failed and is going to be tried again", "error", err.Error())
		}
		wait(ctx, h.replays, upkeepInterval)
	}
}

func (h *Hooks) newUpkeep(holder string) *upkeep {
	leases, _ := assets.StoreAs[assets.Followers](h.lib.Store())
	return &upkeep{Hooks: h, leases: leases, holder: holder}
}

// turn does the upkeep under its lease until nothing is left to do, unless another process
// does it.
func (u *upkeep) turn(ctx context.Context) error {
	if u.leases == nil {
		return ErrNoStore
	}
	err := assets.HoldLease(ctx, u.leases, upkeepName, u.holder, func(ctx context.Context) (err error) {
		for more := true; more && ctx.Err() == nil; {
			var failed error
			if more, failed = u.step(ctx); err == nil {
				err = failed
			}
		}
		return err
	})
	if errors.Is(err, assets.ErrLeased) {
		return nil
	}
	return err
}

// step does what its time has come for, and then lets a limited number of replays go on,
// so that neither waits for the end of the other, nor ends with its failure. It reports
// whether there are more replays.
func (u *upkeep) step(ctx context.Context) (more bool, err error) {
	now := u.lib.Now()
	if now >= u.looked.Add(upkeepInterval) {
		u.looked, err = now, u.encryptAll(ctx)
	}
	if now >= u.pruned.Add(pruneInterval) {
		_, failed := u.store.PruneDeliveries(ctx, now.Add(-logTime), now)
		u.pruned, err = now, errors.Join(err, failed)
	}
	more, failed := u.replayNext(ctx)
	return more, errors.Join(err, failed)
}
