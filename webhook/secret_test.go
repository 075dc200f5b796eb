package webhook_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook"
	"github.com/10ex/assets/webhook/record"
)

// TestSignature signs what the documentation of Standard Webhooks signs. The host's
// signature was computed by openssl dgst -sha256 -hmac.
func TestSignature(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	const body = `{"test": 2432232314}`
	webhook.Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(body), []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	want := map[string]string{
		"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		"x-10ex-signature":  "sha256=" + knownSignature,
	}
	for name, value := range want {
		if got := h.Get(name); got != value {
			t.Errorf("%s: %s, want %s", name, got, value)
		}
	}
}

const knownSignature = "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"

func TestSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	made := f.create(webhook.NewWebhook{URL: "https://example.com/hook"})
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) != len("whsec_")+44 {
		t.Errorf("the secret is %q", made.Secret)
	}
	list, err := f.hooks.List(t.Context(), f.user, webhook.PageQuery{})
	f.ok(err)
	title := "x"
	edited, err := f.hooks.Edit(t.Context(), f.user, made.ID, webhook.Edit{Description: &title})
	f.ok(err)
	for _, w := range append(list.Items, edited, f.get(made.ID)) {
		if w.Secret != "" {
			t.Errorf("the secret is shown again: %+v", w)
		}
	}
	stored, err := f.store().Webhook(t.Context(), "w", made.ID)
	f.ok(err)
	if strings.Contains(stored.Secrets[0].Sealed, made.Secret) {
		t.Error("the secret is stored as it is")
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	first := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	second, err := f.hooks.RotateSecret(t.Context(), f.user, first.ID)
	f.ok(err)
	if second.Secret == "" || second.Secret == first.Secret {
		t.Fatal("there is no new secret")
	}
	last := func() request {
		f.approved("w")
		f.deliver()
		got := r.got()
		return got[len(got)-1]
	}
	got := last()
	if h := got.header.Values("X-10ex-Signature"); len(h) != 2 || !verifies(got, second.Secret, 0) || !verifies(got, first.Secret, 1) {
		t.Errorf("during a rotation: %v", h)
	}
	f.advance(24 * time.Hour)
	got = last()
	if h := got.header.Values("X-10ex-Signature"); len(h) != 1 || !verifies(got, second.Secret, 0) {
		t.Errorf("after a rotation: %v", h)
	}
}

// TestRotationsInARow: the secret that a receiver has signs until its own end.
func TestRotationsInARow(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	secrets := []string{w.Secret}
	for range 3 {
		f.advance(time.Hour)
		rotated, err := f.hooks.RotateSecret(t.Context(), f.user, w.ID)
		f.ok(err)
		secrets = append(secrets, rotated.Secret)
	}
	for _, want := range [][]int{{3, 2, 0}, {3, 2}, {3}} { // the first ends 24 h after the first rotation
		f.approved("w")
		f.deliver()
		got := r.got()
		last := got[len(got)-1]
		if n := len(last.header.Values("X-10ex-Signature")); n != len(want) {
			t.Fatalf("%d signatures, want %d", n, len(want))
		}
		for i, n := range want {
			if !verifies(last, secrets[n], i) {
				t.Errorf("signature %d is not of secret %d", i, n)
			}
		}
		if len(want) == 3 {
			f.advance(23 * time.Hour)
		} else {
			f.advance(2 * time.Hour)
		}
	}
}

// verifies reports whether the n-th signatures of a request were made with a secret.
func verifies(r request, secret string, n int) bool {
	h := http.Header{}
	at, err := time.ParseDuration(r.header.Get("Webhook-Timestamp") + "s")
	if err != nil {
		return false
	}
	webhook.Sign(h, assets.ID(r.header.Get("Webhook-Id")), time.Unix(int64(at.Seconds()), 0), r.body, []string{secret})
	return r.header.Values("X-10ex-Signature")[n] == h.Get("X-10ex-Signature") &&
		strings.Fields(r.header.Get("Webhook-Signature"))[n] == h.Get("Webhook-Signature")
}

// TestUnreadableSecretPausesTheWebhook: nothing is ever sent unsigned.
func TestUnreadableSecretPausesTheWebhook(t *testing.T) {
	t.Parallel()
	f, r := newFixture(t), newReceiver(t, nil)
	w := f.create(webhook.NewWebhook{URL: r.URL, InForceChanged: true})
	f.approved("w")
	f.lib, f.hooks = f.open([]byte("another key that has 32 bytes or more"))
	f.deliver()
	if got := f.get(w.ID); !got.Paused || got.PauseReason != "secret" {
		t.Errorf("webhook %+v", got)
	}
	if n := len(r.got()); n != 0 {
		t.Errorf("%d requests", n)
	}
	rotated, err := f.hooks.RotateSecret(t.Context(), f.user, w.ID)
	f.ok(err)
	resume := false
	_, err = f.hooks.Edit(t.Context(), f.user, w.ID, webhook.Edit{Paused: &resume})
	f.ok(err)
	f.deliver()
	if got := r.got(); len(got) != 1 || len(got[0].header.Values("X-10ex-Signature")) != 1 || !verifies(got[0], rotated.Secret, 0) {
		t.Errorf("after another secret was made: %d requests", len(got))
	}
	if d := f.deliveries(w.ID)[0]; d.State != record.StateDelivered || d.Attempts != 1 {
		t.Errorf("delivery %+v", d)
	}
}

func (f *fixture) store() record.Store {
	store, ok := assets.StoreAs[record.Store](f.lib.Store())
	if !ok {
		f.Fatal("the store keeps no webhooks")
	}
	return store
}
