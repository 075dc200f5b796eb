package record

import (
	"context"
	"time"

	"github.com/10ex/assets"
)

// Store keeps webhooks and deliveries. Every method returns an error that wraps
// assets.ErrUnavailable if the back end fails, and one that wraps assets.ErrNotFound for
// a webhook or delivery that does not exist or belongs to another workspace. The caller
// may change what a method returns. Implementations must pass assetstest.TestWebhooks.
type Store interface {
	Webhooks
	Queue
}

// Webhooks keeps webhooks.
type Webhooks interface {
	// AddWebhook inserts a webhook. It returns an error that wraps
	// assets.ErrLimitReached if its workspace has limit webhooks already, also if
	// several processes insert at once.
	AddWebhook(ctx context.Context, w Webhook, limit int) error
	// Webhook returns one webhook.
	Webhook(ctx context.Context, workspace string, id assets.ID) (Webhook, error)
	// WebhooksOf returns the newest webhooks of a workspace, at most limit, with an id
	// below before (if not empty), newest first. It returns an empty slice, not nil, if
	// there are none.
	WebhooksOf(ctx context.Context, workspace string, before assets.ID, limit int) ([]Webhook, error)
	// AllWebhooks is WebhooksOf for all workspaces. It is for the host, never for an
	// actor.
	AllWebhooks(ctx context.Context, before assets.ID, limit int) ([]Webhook, error)
	// Replaying returns the webhooks of all workspaces that are active and have a Replay,
	// at most limit, with an id above after (if not empty), lowest first. It is for the
	// host, never for an actor.
	Replaying(ctx context.Context, after assets.ID, limit int) ([]Webhook, error)
	// ChangeWebhook changes a webhook by fn, under a lock, and returns it. fn does not
	// change ID, Workspace, CreatedBy and CreatedAt. An error of fn is passed on
	// unchanged, and nothing is changed then. fn may run again, so it must do nothing
	// but change its argument. A change that resumes the webhook begins a new round, at
	// UpdatedAt, for its pending deliveries that have been attempted and are not leased. If
	// they are many, Claim does so in several calls.
	ChangeWebhook(ctx context.Context, workspace string, id assets.ID, fn func(*Webhook) error) (Webhook, error)
	// DeleteWebhook removes a webhook and its deliveries. An attempt that is being made
	// is not stopped; its Finish returns ErrNotFound.
	DeleteWebhook(ctx context.Context, workspace string, id assets.ID) error
}

// Queue keeps deliveries, and leases them to the processes that attempt them.
type Queue interface {
	// Enqueue inserts pending deliveries. It ignores those of webhooks that do not
	// exist, and those of an event that their webhook has a delivery of. If again is
	// set, the latter begin a new round of attempts, unless they are pending.
	Enqueue(ctx context.Context, deliveries []Delivery, again bool) error
	// Claim leases deliveries that are due at c.Now, at most c.Limit, and returns them
	// with their webhooks. A lease lasts for c.For by the clock of the store, which is the
	// same for all processes; a delivery whose lease has ended is due again. Claim
	// returns none of a paused webhook, none of a lane that has a leased delivery or one
	// with a lower position, no more than MaxInFlight of a webhook together with those that
	// are leased, and no more than c.Room of a workspace. Those that are due first come
	// first, but all webhooks get their turn. Those of workspaces without room keep no
	// others from theirs.
	Claim(ctx context.Context, c Claim) ([]Claimed, error)
	// Finish records an attempt: State, Attempts, Tries, Since, DueAt, LastAt, Status
	// and Problem of d, and ends its lease. It returns ErrNotFound, and records
	// nothing, if the delivery has not the lease d.Lease any more. With a reason it
	// pauses the webhook at d.LastAt, unless it is paused.
	//
	// If the round has ended, the first delivered delivery of the lane with a higher
	// position, if there is one, begins a new round, due at d.LastAt. So an event that is
	// sent again is followed by the later ones of its asset.
	//
	// A delivered event sets Failures of the webhook to 0. A failed one increments it,
	// and pauses the webhook when it becomes MaxFailures. Tests do not count.
	Finish(ctx context.Context, d Delivery, pause Pause) error
	// Deliveries returns the newest deliveries of a webhook in a state (empty: any), at
	// most limit, with an id below before (if not empty), newest first, without Body.
	// It returns an empty slice, not nil, if there are none.
	Deliveries(ctx context.Context, workspace string, webhook assets.ID, state State, before assets.ID, limit int) ([]Delivery, error)
	// Retry begins a new round of attempts of a delivery in any state, at a time, and
	// returns it without Body. It changes nothing while the delivery is leased.
	Retry(ctx context.Context, workspace string, webhook, id assets.ID, at assets.Time) (Delivery, error)
	// PruneDeliveries removes the deliveries that were delivered or failed before a
	// time, and returns their number, but for those delivered that begin a new round when
	// a pending one ends. Those that are still pending and were created, attempted and due
	// before the time fail, at the time now, unless they are leased, and the later ones
	// follow as in Finish. So one whose round has just begun is not given up.
	PruneDeliveries(ctx context.Context, before, now assets.Time) (int, error)
}

// Claim is a request for deliveries.
type Claim struct {
	Now   assets.Time
	For   time.Duration // of the lease
	Lease string        // a random text; each Claim has another one
	Limit int

	// A caller attempts at most PerWorkspace deliveries of a workspace at a time, and
	// attempts so many now. With PerWorkspace 0 there is no bound.
	PerWorkspace int
	Attempting   map[string]int
}

// Room returns how many deliveries of a workspace Claim may return.
func (c *Claim) Room(workspace string) int {
	if c.PerWorkspace == 0 {
		return max(c.Limit, 0)
	}
	return max(min(c.Limit, c.PerWorkspace-c.Attempting[workspace]), 0)
}

// Full returns the workspaces of which Claim may return none, as far as c.Limit is not 0.
func (c *Claim) Full() []string {
	var full []string
	for workspace, n := range c.Attempting {
		if c.PerWorkspace > 0 && n >= c.PerWorkspace {
			full = append(full, workspace)
		}
	}
	return full
}

// Claimed is a leased delivery with its webhook.
type Claimed struct {
	Webhook  Webhook
	Delivery Delivery
}
