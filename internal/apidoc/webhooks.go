package apidoc

import (
	"reflect"

	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// webhookNames has the names of components of webhooks.
func webhookNames() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[webhook.Webhooks]():   "WebhookPage",
		reflect.TypeFor[webhook.Deliveries](): "DeliveryPage",
		reflect.TypeFor[record.State]():       "DeliveryState",
		reflect.TypeFor[record.Pause]():       "PauseReason",

		reflect.TypeFor[record.ReplayProblem](): "ReplayProblem",
	}
}

// webhookDetails has the member that only the operations that make a secret return.
func webhookDetails() map[reflect.Type]rest.Detail {
	return map[reflect.Type]rest.Detail{
		reflect.TypeFor[webhook.Webhook](): {Name: "WebhookWithSecret", Members: []string{"secret"}},
	}
}

// webhookValues has the schemas of single values.
func webhookValues() map[reflect.Type]*schema {
	reasons := append(Enum(record.PauseByCaller, record.PauseGone, record.PauseFailures, record.PauseSecret), nil)
	return map[reflect.Type]*schema{
		reflect.TypeFor[record.State](): {Type: "string", Enum: Enum(record.States()...), Description: "Whether the delivery waits for an attempt, has arrived, or was given up."},
		reflect.TypeFor[record.Pause](): {Types: []string{"string", "null"}, Enum: reasons, Description: "Why the webhook is paused: a caller has paused it, the endpoint has answered 410, 100 events in a row have failed, or the secret cannot be decrypted with the signing keys."},

		reflect.TypeFor[record.ReplayProblem](): {Types: []string{"string", "null"}, Enum: append(Enum(record.ReplayPruned), nil), Description: "Why the last replay ended early: events were removed from the journal before they were queued. Read the state again. The next replay clears it."},
	}
}

// webhookMembers are the members and parameters of webhooks and their deliveries.
func webhookMembers() map[string]*schema {
	url := func(description string) *schema {
		return &schema{Description: description, MinLength: new(1), MaxLength: new(webhook.MaxURL)}
	}
	inForce := "Whether to tell only of changes after which publishers get another version, or none."
	campaign := "Tell only of assets of this campaign, before or after the change."
	all := map[string]*schema{
		"webhook_id":  described("The id of the webhook."),
		"delivery_id": described("The id of the delivery."),

		"Webhook.id":               described("The id, a UUID of version 7."),
		"Webhook.url":              {Description: "The URL that gets the events.", Format: "uri"},
		"Webhook.types":            described("The types of event to tell of; an empty list is all."),
		"Webhook.in_force_changed": described(inForce),
		"Webhook.campaign_id":      hostID(campaign),
		"Webhook.updated_at":       described("When the webhook last changed."),
		"paused":                   described("Whether the webhook is paused. While it is, events are queued and nothing is sent."),
		"paused_at":                {Types: []string{"string", "null"}, Format: "date-time", Description: "When it was paused."},
		"failures":                 {Description: "How many events in a row have failed. 100 pause the webhook.", Format: "int64", Minimum: new(0.0)},
		"secret":                   {Description: "What requests are signed with. It is shown only in this response.", Pattern: "^whsec_[A-Za-z0-9+/]{43}=$"},

		"NewWebhook.url":                url("The URL that gets the events, without a user, a password and a fragment. The scheme must be https and the address public, at port 443, unless the host allows more."),
		"WebhookPatch.url":              url("The new URL. Its rules are those of a new webhook."),
		"NewWebhook.types":              {Types: []string{"array", "null"}, Description: "The types of event to tell of. Without it the webhook is told of all about assets.", MinItems: new(1)},
		"WebhookPatch.types":            {Types: []string{"array", "null"}, Description: "The types of event to tell of; null for all.", MinItems: new(1)},
		"NewWebhook.in_force_changed":   described(inForce),
		"WebhookPatch.in_force_changed": described(inForce),
		"NewWebhook.campaign_id":        hostID(campaign),
		"WebhookPatch.campaign_id":      hostID(campaign + " null: of every campaign."),
		"description":                   {Description: "A note for people.", MaxLength: new(webhook.MaxDescription)},

		"event_id":        described("The id of the event, which is the header `webhook-id` of each attempt."),
		"event_type":      described("The type of the event; `webhook.test` for a test."),
		"attempts":        {Description: "The number of attempts so far.", Format: "int64", Minimum: new(0.0)},
		"Delivery.status": numberOrNull("The status of the last response, or null if there was none."),
		"problem":         described("Why the last attempt has failed, or null."),
		"last_attempt_at": {Types: []string{"string", "null"}, Format: "date-time", Description: "When the last attempt ended."},
		"next_attempt_at": {Types: []string{"string", "null"}, Format: "date-time", Description: "When the next attempt is due, or null if there is none."},

		"list_webhook_deliveries.state": described("Only deliveries in this state."),
		"ReplayBody.after":              described("A cursor of the events: `next_after` of a page of them, or the id of an event of the stream."),
	}
	return all
}
