package upgrade_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
)

// checkProof reads the recorded webhook, review link and attestation.
func (f recorded) checkProof(t *testing.T, lib *assets.Library, by assets.Actor) {
	t.Helper()
	if f.Webhook == "" {
		return
	}
	hooks, err := webhook.New(webhook.Config{Library: lib})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := hooks.Deliveries(t.Context(), by, f.Webhook, webhook.DeliveryQuery{})
	if err != nil || len(sent.Items) == 0 {
		t.Errorf("%d deliveries of the webhook, %v", len(sent.Items), err)
	}
	state, err := lib.OpenReviewLink(t.Context(), f.Link)
	if err != nil || state.Asset.ID != f.InForce {
		t.Errorf("the review link leads to %+v, %v", state, err)
	}
	store, _ := assets.StoreAs[assets.Attestations](lib.Store())
	signed, err := store.Attestation(t.Context(), by.Workspace, f.InForce, 1)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := json.Marshal(signed.Envelope())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, f.Attestation), decoded(t, envelope)); diff != "" {
		t.Errorf("the attestation, recorded (-) and now (+):\n%s", diff)
	}
}
