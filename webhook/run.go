package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// How deliveries are made.
const (
	leaseTime     = 30 * time.Second // of a delivery: the work of a killed process goes on then
	pollInterval  = time.Second      // in which deliveries are looked for that other processes have queued
	retryInterval = 5 * time.Second  // after the store has failed
	finishTimeout = 10 * time.Second
	shutdownGrace = 5 * time.Second // that attempts have to end when Run is to end
)

// Run queues events for webhooks and delivers them until ctx has ended, and then returns
// nil. Attempts that are being made have 5 s to end; those that have not ended are made
// again later. Run may be called in any number of processes, which share the work: what
// a killed one was sending is sent again after 30 s.
//
// It returns an error if the store keeps no marks of followers.
func (h *Hooks) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer h.client.CloseIdleConnections()
	var wg sync.WaitGroup
	wg.Go(func() { h.deliver(ctx) })
	wg.Go(func() { h.keepUp(ctx) })
	err := h.follow(ctx)
	cancel()
	wg.Wait()
	return err
}

// follow queues events. If the journal was pruned further than events were queued, which
// takes that nothing ran for very long, it goes on with the oldest one that is left.
func (h *Hooks) follow(ctx context.Context) error {
	for {
		err := h.lib.FollowReserved(ctx, follower, 0, h.fanOut)
		if ctx.Err() != nil || !errors.Is(err, assets.ErrEventsPruned) {
			return err
		}
		h.log.ErrorContext(ctx, "assets: webhooks missed events that were removed from the journal, and go on with the oldest ones that are left", "error", err.Error())
		if err := h.lib.ResumeReserved(ctx, follower); err != nil {
			h.log.ErrorContext(ctx, "assets: webhooks cannot go on", "error", err.Error())
			wait(ctx, nil, retryInterval)
		}
	}
}

// deliver makes attempts until ctx has ended and all attempts have.
func (h *Hooks) deliver(ctx context.Context) {
	attempts, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(shutdownGrace, abort) })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	var p places
	for ctx.Err() == nil {
		claimed, err := h.claim(ctx, &p)
		if err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "assets: deliveries of webhooks could not be read", "error", err.Error())
			wait(ctx, nil, retryInterval)
		}
		for _, c := range claimed {
			workspace := c.Webhook.Workspace
			p.take(workspace)
			wg.Go(func() {
				// In this order: what waits for the place is claimed at once.
				defer signal(h.queued)
				defer p.leave(workspace)
				h.attempt(attempts, c)
			})
		}
		if len(claimed) == 0 {
			wait(ctx, h.queued, pollInterval)
		}
	}
}

// claim leases deliveries that are due, as many as there is room for.
func (h *Hooks) claim(ctx context.Context, p *places) ([]record.Claimed, error) {
	c := record.Claim{Now: h.lib.Now(), For: h.lease, Lease: rand.Text()}
	c.Attempting, c.Limit = p.taken()
	c.PerWorkspace = c.Limit
	return h.store.Claim(ctx, c)
}

// wait waits until a channel has an element, but no longer than d.
func wait(ctx context.Context, c <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	case <-ctx.Done():
	}
}
