// Package record has the records of webhooks and of their deliveries, and the seam
// through which package webhook keeps them. It imports no HTTP client, so that a store
// does not bring one into every host.
//
// The one rule to know: the deliveries of a webhook about one asset are a lane. Of a
// lane only the delivery with the lowest position is due, so that a receiver hears of
// an asset's changes in their order, whatever fails in between.
package record

import "github.com/10ex/assets"

// Limits of a webhook.
const (
	MaxInFlight = 4   // deliveries that are leased at the same time, over all processes
	MaxFailures = 100 // events in a row that fail before the webhook is paused
)

// Webhook is an endpoint of a workspace that is told of events.
type Webhook struct {
	ID        assets.ID
	Workspace string

	URL            string
	Types          []string // of the events to tell of; empty: all
	InForceChanged bool     // only events that change what publishers get
	CampaignID     string   // only events of this campaign, unless it is empty
	Description    string

	CreatedBy string
	CreatedAt assets.Time
	UpdatedAt assets.Time

	Secrets  []Secret    // newest first; two or three during rotations
	After    int64       // the webhook is told of events behind this position
	Paused   Pause       // why nothing is delivered; empty: the webhook is active
	PausedAt assets.Time // 0: not paused
	Failures int         // events in a row that failed
	Replay   Replay
}

// Secret is a signing secret.
type Secret struct {
	Sealed string      // encrypted and bound to the webhook
	EndsAt assets.Time // it signs until then; 0: without end
}

// Replay is a range of positions whose events are still to be queued once more: those
// behind Next up to Until. Until is 0 if there is none.
type Replay struct {
	Next  int64
	Until int64
}

// ReplayProblem is the reason why a replay has ended early.
type ReplayProblem string

// ReplayPruned is the reason that events were removed from the journal before they were
// queued.
const ReplayPruned ReplayProblem = "events_pruned"

// MarshalJSON returns the reason, or null for none.
func (p ReplayProblem) MarshalJSON() ([]byte, error) { return assets.Optional(p).MarshalJSON() }

// Problem returns why the replay has ended early; empty: it has not.
func (r Replay) Problem() ReplayProblem {
	if r.Until == 0 && r.Next > 0 {
		return ReplayPruned
	}
	return ""
}

// LostAt returns the end of a replay at the position up to which events were removed from
// the journal that it has not queued.
func LostAt(pruned int64) Replay { return Replay{Next: pruned} }

// Pause is the reason why a webhook is paused.
type Pause string

// The reasons.
const (
	PauseByCaller Pause = "by_caller" // a caller has paused it
	PauseGone     Pause = "gone"      // the endpoint has answered 410
	PauseFailures Pause = "failures"  // MaxFailures events in a row have failed
	PauseSecret   Pause = "secret"    // the secret cannot be decrypted with the signing keys
)

// MarshalJSON returns the reason, or null for none.
func (p Pause) MarshalJSON() ([]byte, error) { return assets.Optional(p).MarshalJSON() }

// State is the state of a delivery.
type State string

// The states.
const (
	StatePending   State = "pending"
	StateDelivered State = "delivered"
	StateFailed    State = "failed"
)

// States returns the states.
func States() []State { return []State{StatePending, StateDelivered, StateFailed} }

// Delivery is one event on its way to one webhook.
//
// Attempts are made in rounds. A round begins when the delivery is queued, when a
// caller retries it, when an earlier one of its lane was sent again, and when its webhook
// is resumed.
type Delivery struct {
	ID        assets.ID
	WebhookID assets.ID
	Workspace string

	EventID   assets.ID // a webhook has at most one delivery of an event
	EventType string
	AssetID   assets.ID // empty: a test, which is about no asset
	Position  int64     // of the event; 0: a test
	Body      []byte    // what is sent
	CreatedAt assets.Time
	Trace     string // of the event: see assets.WithTrace

	State    State
	Attempts int         // in all rounds
	Tries    int         // in this round
	Since    assets.Time // the first attempt of this round; 0: none yet
	DueAt    assets.Time // while it is pending: when it may be attempted
	LastAt   assets.Time // the last change of what follows State; 0: none yet
	Status   int         // of the last response; 0: there was none
	Problem  string      // why the last attempt failed; empty: it did not
	Lease    string      // of the process that attempts it; empty: none
}

// Lane returns what a delivery waits for: its asset. Each test is a lane of its own.
func (d *Delivery) Lane() string {
	if d.AssetID == "" {
		return string(d.ID)
	}
	return string(d.AssetID)
}

// Restart begins a new round of attempts at a time.
func (d *Delivery) Restart(at assets.Time) {
	d.State, d.Lease, d.Problem = StatePending, "", ""
	d.Tries, d.Since, d.DueAt = 0, 0, at
}

// WaitsSince reports whether a pending delivery was created, attempted and due before a
// time.
func (d *Delivery) WaitsSince(t assets.Time) bool { return max(d.CreatedAt, d.LastAt, d.DueAt) < t }

// Expire makes a pending delivery fail that has waited too long.
func (d *Delivery) Expire(at assets.Time) {
	d.State, d.Lease, d.LastAt = StateFailed, "", at
	d.Problem = "waited too long"
}

// Count counts the outcome of a delivery and pauses the webhook if there is a reason, as
// [Queue].Finish does.
func (w *Webhook) Count(d Delivery, pause Pause) {
	if d.AssetID != "" {
		switch d.State {
		case StateDelivered:
			w.Failures = 0
		case StateFailed:
			if w.Failures++; w.Failures == MaxFailures && pause == "" {
				pause = PauseFailures
			}
		}
	}
	if pause != "" && w.Paused == "" {
		w.Paused, w.PausedAt = pause, d.LastAt
	}
}

// LimitReached returns the error of a workspace that has limit webhooks.
func LimitReached(limit int) error {
	return assets.Errorf(assets.ErrLimitReached, "a workspace has at most %d webhooks", limit)
}
