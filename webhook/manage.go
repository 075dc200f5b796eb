package webhook

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// Webhook is an endpoint that is told of events, as its workspace sees it.
type Webhook struct {
	ID             assets.ID            `json:"id"`
	URL            string               `json:"url"`
	Types          []assets.EventType   `json:"types"` // empty: all
	InForceChanged bool                 `json:"in_force_changed"`
	CampaignID     assets.Optional      `json:"campaign_id"`
	Description    string               `json:"description"`
	Paused         bool                 `json:"paused"`
	PauseReason    record.Pause         `json:"pause_reason"`
	PausedAt       assets.Time          `json:"paused_at"`
	Failures       int                  `json:"failures"`       // events in a row that failed
	ReplayProblem  record.ReplayProblem `json:"replay_problem"` // why the last replay ended early
	CreatedBy      string               `json:"created_by"`
	CreatedAt      assets.Time          `json:"created_at"`
	UpdatedAt      assets.Time          `json:"updated_at"`

	Secret string `json:"secret,omitempty"` // shown once: by Create and RotateSecret
}

// describe returns a webhook without its secret.
func describe(w *record.Webhook) Webhook {
	view := Webhook{
		ID: w.ID, URL: w.URL, InForceChanged: w.InForceChanged, CampaignID: assets.Optional(w.CampaignID), Description: w.Description,
		Paused: w.Paused != "", PauseReason: w.Paused, PausedAt: w.PausedAt, Failures: w.Failures, ReplayProblem: w.Replay.Problem(),
		CreatedBy: w.CreatedBy, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
	for _, t := range w.Types {
		view.Types = append(view.Types, assets.EventType(t))
	}
	return view
}

// Create makes a webhook that is told of what is committed from now on, and returns it
// with its secret. It needs an actor of kind user or service with the scopes read and
// write.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenKind, assets.ErrForbiddenScope, field
// errors, assets.ErrLimitReached, assets.ErrUnavailable.
func (h *Hooks) Create(ctx context.Context, by assets.Actor, in NewWebhook) (Webhook, error) {
	if err := mayChange(by); err != nil {
		return Webhook{}, err
	}
	if err := in.Validate(); err != nil {
		return Webhook{}, err
	}
	if err := h.checkAddress(in.URL); err != nil {
		return Webhook{}, err
	}
	newest, err := h.lib.EventPosition(ctx, by.Workspace, assets.AfterNow)
	if err != nil {
		return Webhook{}, err
	}
	id, at := h.lib.NewID()
	secret := newSecret()
	w := record.Webhook{
		ID: id, Workspace: by.Workspace, URL: in.URL, Types: texts(in.Types), InForceChanged: in.InForceChanged,
		CampaignID: string(in.CampaignID), Description: in.Description,
		CreatedBy: by.Subject, CreatedAt: at, UpdatedAt: at,
		Secrets: []record.Secret{{Sealed: h.seal(by.Workspace, id, secret)}}, After: newest,
	}
	if err := h.store.AddWebhook(ctx, w, MaxWebhooks); err != nil {
		return Webhook{}, err
	}
	view := describe(&w)
	view.Secret = secret
	return view, nil
}

func texts(types []assets.EventType) []string {
	var all []string
	for _, t := range types {
		all = append(all, string(t))
	}
	return all
}

// Get returns a webhook. It needs the scope read, and a kind as Create does.
//
// Errors: those of Create without ErrLimitReached, and assets.ErrNotFound.
func (h *Hooks) Get(ctx context.Context, by assets.Actor, id assets.ID) (Webhook, error) {
	if err := mayRead(by); err != nil {
		return Webhook{}, err
	}
	w, err := h.store.Webhook(ctx, by.Workspace, id)
	if err != nil {
		return Webhook{}, err
	}
	return describe(&w), nil
}

// Edit changes a webhook. Resuming one sets Failures to 0 and begins a new round of
// attempts of what is pending. Other filters apply to the events that come from now on.
//
// Errors: those of Create without ErrLimitReached, and assets.ErrNotFound.
func (h *Hooks) Edit(ctx context.Context, by assets.Actor, id assets.ID, e Edit) (Webhook, error) {
	if err := mayChange(by); err != nil {
		return Webhook{}, err
	}
	if err := e.Validate(); err != nil {
		return Webhook{}, err
	}
	if e.URL != nil {
		if err := h.checkAddress(*e.URL); err != nil {
			return Webhook{}, err
		}
	}
	return h.change(ctx, by, id, func(w *record.Webhook) error {
		e.apply(w)
		return nil
	})
}

// apply changes a webhook whose UpdatedAt is the time of the change.
func (e *Edit) apply(w *record.Webhook) {
	if e.URL != nil {
		w.URL = *e.URL
	}
	if e.Types != nil {
		w.Types = texts(*e.Types)
	}
	if e.InForceChanged != nil {
		w.InForceChanged = *e.InForceChanged
	}
	if e.CampaignID != nil {
		w.CampaignID = string(*e.CampaignID)
	}
	if e.Description != nil {
		w.Description = *e.Description
	}
	switch {
	case e.Paused == nil:
	case *e.Paused && w.Paused == "":
		w.Paused, w.PausedAt = record.PauseByCaller, w.UpdatedAt
	case !*e.Paused && w.Paused != "":
		w.Paused, w.PausedAt, w.Failures = "", 0, 0
	}
}

// change changes a webhook of the actor's workspace and wakes the deliveries.
func (h *Hooks) change(ctx context.Context, by assets.Actor, id assets.ID, fn func(*record.Webhook) error) (Webhook, error) {
	now := h.lib.Now()
	w, err := h.store.ChangeWebhook(ctx, by.Workspace, id, func(w *record.Webhook) error {
		w.UpdatedAt = now
		return fn(w)
	})
	if err != nil {
		return Webhook{}, err
	}
	signal(h.queued)
	if w.Replay.Until != 0 {
		signal(h.replays)
	}
	return describe(&w), nil
}

// Delete removes a webhook with its deliveries.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenKind, assets.ErrForbiddenScope,
// assets.ErrNotFound, assets.ErrUnavailable.
func (h *Hooks) Delete(ctx context.Context, by assets.Actor, id assets.ID) error {
	if err := mayChange(by); err != nil {
		return err
	}
	return h.store.DeleteWebhook(ctx, by.Workspace, id)
}

// RotateSecret makes a new secret and returns the webhook with it. The previous one signs
// besides it for 24 hours, if it can be decrypted. Of several in that time, the first and
// the last previous one sign, so that a receiver that missed a rotation goes on.
//
// Errors: those of Delete.
func (h *Hooks) RotateSecret(ctx context.Context, by assets.Actor, id assets.ID) (Webhook, error) {
	if err := mayChange(by); err != nil {
		return Webhook{}, err
	}
	secret := newSecret()
	sealed := h.seal(by.Workspace, id, secret)
	view, err := h.change(ctx, by, id, func(w *record.Webhook) error {
		rotate(w, sealed)
		return nil
	})
	if err != nil {
		return Webhook{}, err
	}
	view.Secret = secret
	return view, nil
}

// rotate makes a sealed secret the newest of a webhook whose UpdatedAt is the time of the
// change. It keeps the newest previous one, and the oldest that has not ended.
func rotate(w *record.Webhook, sealed string) {
	secrets := []record.Secret{{Sealed: sealed}}
	if len(w.Secrets) > 0 {
		newest := w.Secrets[0]
		newest.EndsAt = w.UpdatedAt.Add(rotation)
		secrets = append(secrets, newest)
		for i := len(w.Secrets) - 1; i > 0; i-- {
			if oldest := w.Secrets[i]; oldest.EndsAt > w.UpdatedAt {
				secrets = append(secrets, oldest)
				break
			}
		}
	}
	w.Secrets = secrets
}

// Webhooks is one page of webhooks, newest first.
type Webhooks struct {
	Items      []Webhook       `json:"items"`
	NextCursor assets.Optional `json:"next_cursor"` // null on the last page
}

// PageQuery selects one page of a list.
type PageQuery struct {
	Limit  int    // default 50, at most 200
	Cursor string // NextCursor of the previous page; empty for the first
}

// Validate sets the default and returns a FieldError if the query is not valid.
func (q *PageQuery) Validate() error {
	switch {
	case q.Limit < 0:
		return assets.Invalid(assets.TypeTooSmall, "must be at least 1", "limit")
	case q.Limit == 0:
		q.Limit = assets.DefaultListLimit
	}
	q.Limit = min(q.Limit, assets.MaxListLimit)
	return nil
}

// cursorPurpose is the purpose of the keys that sign cursors.
const cursorPurpose = "webhook cursor"

// before returns the id that a page begins behind.
func (h *Hooks) before(bound [][]byte, cursor string) (assets.ID, error) {
	if cursor == "" {
		return "", nil
	}
	id, err := h.lib.Verify(cursorPurpose, bound, cursor)
	if err != nil {
		return "", assets.ErrInvalidCursor
	}
	return assets.ID(id), nil
}

// List returns one page of the workspace's webhooks.
//
// Errors: assets.ErrUnauthorized, assets.ErrForbiddenKind, assets.ErrForbiddenScope, field
// errors, assets.ErrInvalidCursor, assets.ErrUnavailable.
func (h *Hooks) List(ctx context.Context, by assets.Actor, q PageQuery) (Webhooks, error) {
	if err := mayRead(by); err != nil {
		return Webhooks{}, err
	}
	if err := q.Validate(); err != nil {
		return Webhooks{}, err
	}
	bound := [][]byte{[]byte("webhooks"), []byte(by.Workspace)}
	before, err := h.before(bound, q.Cursor)
	if err != nil {
		return Webhooks{}, err
	}
	found, err := h.store.WebhooksOf(ctx, by.Workspace, before, q.Limit+1)
	if err != nil {
		return Webhooks{}, err
	}
	page := Webhooks{Items: []Webhook{}}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		page.NextCursor = assets.Optional(h.lib.Sign(cursorPurpose, bound, []byte(found[q.Limit-1].ID)))
	}
	for i := range found {
		page.Items = append(page.Items, describe(&found[i]))
	}
	return page, nil
}
