package httpx

import (
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

const (
	exampleWebhookID  = "019cae10-5c40-7b1e-8f20-6a7b8c9d0e1f"
	exampleDeliveryID = "019cae1b-58c0-7c2f-9a31-7b8c9d0e1f2a"
)

func exampleWebhook() webhook.Webhook {
	return webhook.Webhook{
		ID: exampleWebhookID, URL: "https://example.com/hooks/assets", InForceChanged: true, Description: "Landing pages",
		CreatedBy: "ann", CreatedAt: exampleTime(10, 20), UpdatedAt: exampleTime(10, 20),
	}
}

func exampleSecretWebhook() webhook.Webhook {
	w := exampleWebhook()
	w.Secret = "whsec_YW4gZXhhbXBsZSBvZiBhIHNlY3JldCwgMzIgYnl0ZXM="
	return w
}

func exampleDelivery(state record.State) webhook.Delivery {
	d := webhook.Delivery{
		ID: exampleDeliveryID, EventID: "7d9f2b64-3c1e-4a58-9f07-b2c4d6e8f013", EventType: "asset.approved", AssetID: exampleAssetID,
		State: state, CreatedAt: exampleTime(10, 30), NextAttemptAt: exampleTime(10, 30),
	}
	if state == record.StateDelivered {
		d.Attempts, d.Status, d.LastAttemptAt, d.NextAttemptAt = 1, 204, exampleTime(10, 30), 0
	}
	return d
}
