package webhook

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// FanOut queues deliveries of events, as Run does with each batch.
func (h *Hooks) FanOut(ctx context.Context, events []assets.Event) error {
	return h.fanOut(ctx, events)
}

// DeliverDue attempts what is due now, and what becomes due by that, and returns the
// number of attempts.
func (h *Hooks) DeliverDue(ctx context.Context) (n int, err error) {
	for {
		claimed, err := h.claim(ctx, &places{})
		if err != nil || len(claimed) == 0 {
			return n, err
		}
		n += len(claimed)
		var wg sync.WaitGroup
		for _, c := range claimed {
			wg.Go(func() { h.attempt(ctx, c) })
		}
		wg.Wait()
	}
}

// Claim leases what is due, as a process does that is killed before it sends it.
func (h *Hooks) Claim(ctx context.Context) ([]record.Claimed, error) { return h.claim(ctx, &places{}) }

// Attempt makes one attempt.
func (h *Hooks) Attempt(ctx context.Context, c record.Claimed) { h.attempt(ctx, c) }

// SetTimeout sets the time of an attempt.
func (h *Hooks) SetTimeout(d time.Duration) { h.timeout = d }

// UpkeepTurn returns a function that does the upkeep of a process once.
func (h *Hooks) UpkeepTurn() func(context.Context) error {
	return h.newUpkeep("test").turn
}

// UpkeepStep returns a function that does one step of the upkeep of a process.
func (h *Hooks) UpkeepStep() func(context.Context) (more bool, err error) {
	return h.newUpkeep("test").step
}

// ReplayEvents is how many events of a replay are queued in one step.
const ReplayEvents = replayEvents

// Delay is the time between attempts.
var Delay = delay //nolint:gochecknoglobals // for a test

// Sign sets the headers of a body.
var Sign = sign //nolint:gochecknoglobals // for a test

// SetLease sets how long a killed process keeps a delivery.
func (h *Hooks) SetLease(d time.Duration) { h.lease = d }

// CheckURL returns what is wrong with the URL of a webhook.
func (h *Hooks) CheckURL(url string) string { return h.guard.checkURL(url) }

// FillPlaces has so many workspaces take all places that they may. It returns their
// number, and how many another workspace may take then.
func FillPlaces(workspaces int) (held, share int) {
	var p places
	for i, full := 0, 0; full < workspaces; i++ {
		name := strconv.Itoa(i % workspaces)
		if taken, most := p.taken(); taken[name] < most {
			p.take(name)
			full = 0
		} else {
			full++
		}
	}
	_, share = p.taken()
	return p.total, share
}
