package httpx

import (
	"context"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// errNoWebhooks is the response if Options has no Webhooks.
var errNoWebhooks = assets.Errorf(assets.ErrNotConfigured, "this server does not call webhooks")

// webhookOperation returns an operation for people and services, with all of the scopes.
func webhookOperation(name, method, path string, scopes ...assets.Scope) rest.Operation {
	return rest.Operation{
		Name: name, Method: method, Path: path, Group: groupWebhooks,
		Kinds:  []assets.Kind{assets.KindUser, assets.KindService},
		Scopes: scopes, AllScopes: true,
		Errors: []error{assets.ErrNotConfigured},
	}
}

func readsWebhooks(name, path string) rest.Operation {
	return webhookOperation(name, http.MethodGet, path, assets.ScopeRead)
}

func changesWebhooks(name, method, path string) rest.Operation {
	return webhookOperation(name, method, path, assets.ScopeRead, assets.ScopeWrite)
}

// withHooks returns a route of which do is called if the host has webhooks.
func withHooks[In, Out any](
	a *api, op rest.Operation, status int, do func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *In) (Out, error),
) rest.Route {
	if status != http.StatusOK {
		op.Statuses = []int{status}
	}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *In) (rest.Reply[Out], error) {
		if a.hooks == nil {
			return rest.Reply[Out]{}, errNoWebhooks
		}
		body, err := do(ctx, a.hooks, by, in)
		return rest.Reply[Out]{Status: status, Body: body}, err
	})
}

func (a *api) webhookRoutes() []rest.Route {
	return []rest.Route{
		a.createWebhook(), a.listWebhooks(), a.getWebhook(), a.editWebhook(), a.deleteWebhook(), a.rotateWebhookSecret(),
		a.testWebhook(), a.webhookDeliveries(), a.retryDelivery(), a.replayWebhook(),
	}
}

type newWebhookInput struct {
	Body webhook.NewWebhook
}

func (a *api) createWebhook() rest.Route {
	op := changesWebhooks("create_webhook", http.MethodPost, "/webhooks")
	op.Summary = "Create a webhook"
	op.Description = "The URL gets a POST request with the event as its body for each event that is committed from now on and that the filters select. " +
		"Requests come at least once, and those about one asset in their order. `secret` signs them and is shown only here: " +
		"`X-10ex-Signature` is `sha256=` and the HMAC of the body in hexadecimal digits, with the whole secret as the key; `webhook-id`, `webhook-timestamp` and `webhook-signature` are those of Standard Webhooks. " +
		"Any status 2xx is success. Otherwise the request is repeated after 1, 2, 4, 8 and 16 s, then every 15 min for a day. 410 pauses the webhook, and so do 100 events in a row that failed. " +
		"The URL must have the scheme https and a public address at port 443, unless the host allows more. A workspace has at most 20 webhooks."
	op.Statuses, op.Errors = []int{http.StatusCreated}, append(op.Errors, assets.ErrLimitReached)
	op.Located, op.Detail, op.Response = true, true, exampleSecretWebhook()
	op.Requests = []rest.Example{
		{Name: "publish", Summary: "What publishers must act on", Body: `{"url": "https://example.com/hooks/assets", "in_force_changed": true}`},
		{Name: "types", Summary: "Some types of one campaign", Body: `{"url": "https://example.com/hooks/assets", "types": ["asset.approved", "asset.edited"], "campaign_id": "spring", "description": "Landing pages"}`},
	}
	return rest.Typed(op, func(ctx context.Context, by assets.Actor, in *newWebhookInput) (rest.Reply[webhook.Webhook], error) {
		if a.hooks == nil {
			return rest.Reply[webhook.Webhook]{}, errNoWebhooks
		}
		made, err := a.hooks.Create(ctx, by, in.Body)
		if err != nil {
			return rest.Reply[webhook.Webhook]{}, err
		}
		location := a.lib.BaseURL() + a.lib.BasePath() + "/webhooks/" + string(made.ID)
		return rest.Reply[webhook.Webhook]{Status: http.StatusCreated, Header: http.Header{"Location": {location}}, Body: made}, nil
	})
}

type listWebhooksInput struct {
	Limit  int    `query:"limit" min:"1"`
	Cursor string `query:"cursor"`
}

func (a *api) listWebhooks() rest.Route {
	op := readsWebhooks("list_webhooks", "/webhooks")
	op.Summary = "List webhooks, newest first"
	op.Description = "Lists the webhooks of the workspace, without their secrets."
	op.Errors = append(op.Errors, assets.ErrInvalidCursor)
	op.Response = webhook.Webhooks{Items: []webhook.Webhook{exampleWebhook()}}
	return withHooks(a, op, http.StatusOK,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *listWebhooksInput) (webhook.Webhooks, error) {
			return h.List(ctx, by, webhook.PageQuery(*in))
		})
}

// webhookPath has the id of a webhook in a path.
type webhookPath struct {
	ID assets.ID `path:"webhook_id"`
}

func (a *api) getWebhook() rest.Route {
	op := readsWebhooks("get_webhook", "/webhooks/{webhook_id}")
	op.Summary, op.Response = "Get a webhook", exampleWebhook()
	op.Description = "Returns a webhook without its secret."
	return withHooks(a, op, http.StatusOK,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *webhookPath) (webhook.Webhook, error) {
			return h.Get(ctx, by, in.ID)
		})
}

type editWebhookInput struct {
	webhookPath
	Body webhookPatch
}

// webhookPatch is a merge patch (RFC 7396) of a webhook.
type webhookPatch struct {
	URL            rest.Member[string]             `json:"url,omitzero" null:"no"`
	Types          rest.Member[[]assets.EventType] `json:"types,omitzero"`
	InForceChanged rest.Member[bool]               `json:"in_force_changed,omitzero" null:"no"`
	CampaignID     rest.Member[assets.Optional]    `json:"campaign_id,omitzero"`
	Description    rest.Member[string]             `json:"description,omitzero" null:"no" blank:"ok"`
	Paused         rest.Member[bool]               `json:"paused,omitzero" null:"no"`
}

// edit returns the patch as the package webhook takes it.
func (p *webhookPatch) edit() webhook.Edit {
	return webhook.Edit{
		URL: given(&p.URL), Types: given(&p.Types), InForceChanged: given(&p.InForceChanged),
		CampaignID: given(&p.CampaignID), Description: given(&p.Description), Paused: given(&p.Paused),
	}
}

// given returns the value of a member, the zero value for null, or nil if it was not
// given.
func given[T any](m *rest.Member[T]) *T {
	if !m.Given {
		return nil
	}
	return &m.Value
}

func (in *editWebhookInput) Validate() error {
	e := in.Body.edit()
	return e.Validate()
}

func (a *api) editWebhook() rest.Route {
	op := changesWebhooks("edit_webhook", http.MethodPatch, "/webhooks/{webhook_id}")
	op.Summary = "Change, pause or resume a webhook"
	op.Description = "A merge patch (RFC 7396). Other filters apply to the events that come from now on. While a webhook is paused, events are queued; what has waited for 30 days fails. Resuming it tries what is pending at once."
	op.MediaTypes = []string{"application/json", "application/merge-patch+json"}
	op.Response = exampleWebhook()
	op.Requests = []rest.Example{
		{Name: "pause", Summary: "Deliver nothing for now", Body: `{"paused": true}`},
		{Name: "filters", Summary: "All types of every campaign", Body: `{"types": null, "campaign_id": null}`},
	}
	return withHooks(a, op, http.StatusOK,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *editWebhookInput) (webhook.Webhook, error) {
			return h.Edit(ctx, by, in.ID, in.Body.edit())
		})
}

func (a *api) deleteWebhook() rest.Route {
	op := changesWebhooks("delete_webhook", http.MethodDelete, "/webhooks/{webhook_id}")
	op.Summary = "Delete a webhook and its deliveries"
	op.Description = "Nothing more is sent, except for attempts that are being made."
	return withHooks(a, op, http.StatusNoContent,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *webhookPath) (struct{}, error) {
			return struct{}{}, h.Delete(ctx, by, in.ID)
		})
}

func (a *api) rotateWebhookSecret() rest.Route {
	op := changesWebhooks("rotate_webhook_secret", http.MethodPost, "/webhooks/{webhook_id}/secret")
	op.Summary = "Make a new secret"
	op.Description = "The new secret is shown only here. For 24 hours previous secrets sign as well, at most two of them: `X-10ex-Signature` then comes once for each secret, the newest first, and `webhook-signature` has as many signatures."
	op.Detail, op.Response = true, exampleSecretWebhook()
	return withHooks(a, op, http.StatusOK,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *webhookPath) (webhook.Webhook, error) {
			return h.RotateSecret(ctx, by, in.ID)
		})
}

func (a *api) testWebhook() rest.Route {
	op := changesWebhooks("test_webhook", http.MethodPost, "/webhooks/{webhook_id}/test")
	op.Summary = "Send a test"
	op.Description = "Queues an event of the type `webhook.test`, whatever the filters are. Of a paused webhook it is sent when that is resumed."
	op.Response = exampleDelivery(record.StatePending)
	return withHooks(a, op, http.StatusAccepted,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *webhookPath) (webhook.Delivery, error) {
			return h.Test(ctx, by, in.ID)
		})
}

type deliveriesInput struct {
	webhookPath
	State  record.State `query:"state"`
	Limit  int          `query:"limit" min:"1"`
	Cursor string       `query:"cursor"`
}

func (in *deliveriesInput) query() webhook.DeliveryQuery {
	return webhook.DeliveryQuery{State: in.State, PageQuery: webhook.PageQuery{Limit: in.Limit, Cursor: in.Cursor}}
}

func (in *deliveriesInput) Validate() error {
	q := in.query()
	return q.Validate()
}

func (a *api) webhookDeliveries() rest.Route {
	op := readsWebhooks("list_webhook_deliveries", "/webhooks/{webhook_id}/deliveries")
	op.Summary = "List the deliveries of a webhook, newest first"
	op.Description = "What was delivered or has failed is in the list for 30 days."
	op.Errors = append(op.Errors, assets.ErrInvalidCursor)
	op.Response = webhook.Deliveries{Items: []webhook.Delivery{exampleDelivery(record.StateDelivered)}}
	return withHooks(a, op, http.StatusOK,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *deliveriesInput) (webhook.Deliveries, error) {
			return h.Deliveries(ctx, by, in.ID, in.query())
		})
}

type deliveryPath struct {
	webhookPath
	DeliveryID assets.ID `path:"delivery_id"`
}

func (a *api) retryDelivery() rest.Route {
	op := changesWebhooks("retry_webhook_delivery", http.MethodPost, "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry")
	op.Summary = "Try a delivery again"
	op.Description = "Begins a new round of attempts, whatever the state of the delivery is. It keeps its place in the order of the events of its asset."
	op.Response = exampleDelivery(record.StatePending)
	return withHooks(a, op, http.StatusAccepted,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *deliveryPath) (webhook.Delivery, error) {
			return h.Retry(ctx, by, in.ID, in.DeliveryID)
		})
}

type replayInput struct {
	webhookPath
	Body replayBody
}

type replayBody struct {
	After string `json:"after"`
}

func (b *replayBody) Validate() error { return webhook.CheckCursor(b.After) }

func (a *api) replayWebhook() rest.Route {
	op := changesWebhooks("replay_webhook", http.MethodPost, "/webhooks/{webhook_id}/replay")
	op.Summary = "Send events once more"
	op.Description = "Queues the events behind `after` that the filters select, also those that were delivered before or are older than the webhook. A replay replaces one that has not ended. If events are removed from the journal before they are queued, it ends, and the webhook has `replay_problem`."
	op.Errors = append(op.Errors, assets.ErrInvalidCursor, assets.ErrEventsPruned)
	op.Response = exampleWebhook()
	op.Requests = []rest.Example{{Name: "now", Summary: "Nothing: it ends a replay", Body: `{"after": "now"}`}}
	return withHooks(a, op, http.StatusAccepted,
		func(ctx context.Context, h *webhook.Hooks, by assets.Actor, in *replayInput) (webhook.Webhook, error) {
			return h.Replay(ctx, by, in.ID, in.Body.After)
		})
}
