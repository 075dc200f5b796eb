package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/webhook"
)

const eventBody = `{"id":"5f1d7a3c-2b4e-4c8a-9d6f-0e1a2b3c4d5e","type":"asset.approved","occurred_at":"2026-03-02T09:10:00.000Z","company_id":"acme",` +
	`"data":{"asset_id":"a","campaign_id":"spring","version":1,"in_force":{"before":null,"after":1}}}`

// delivery returns a signed request.
func delivery(t *testing.T, secret, body string, at time.Time) *http.Request {
	t.Helper()
	sign := func(key []byte, text string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	timestamp := fmt.Sprint(at.Unix())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webinars/hook", strings.NewReader(body))
	r.Header.Set("X-10ex-Signature", "sha256="+hex.EncodeToString(sign([]byte(secret), body)))
	r.Header.Set("Webhook-Id", "5f1d7a3c-2b4e-4c8a-9d6f-0e1a2b3c4d5e")
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(sign(key, r.Header.Get("Webhook-Id")+"."+timestamp+"."+body)))
	return r
}

// TestReceive: an event that comes twice counts once, and one signature is not enough.
func TestReceive(t *testing.T) {
	t.Parallel()
	h := open(t, config{data: t.TempDir()})
	secret, now := h.webinars.secret, time.Now()
	other := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	alter := func(name, value string) *http.Request {
		r := delivery(t, secret, eventBody, now)
		r.Header.Set(name, value)
		return r
	}
	both := delivery(t, secret, eventBody, now) // while a secret is replaced
	both.Header.Add("X-10ex-Signature", "sha256=00")
	both.Header.Set("Webhook-Signature", "v1,AAAA "+both.Header.Get("Webhook-Signature"))
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"as sent":                  {delivery(t, secret, eventBody, now), http.StatusNoContent},
		"with two signatures":      {both, http.StatusNoContent},
		"another secret":           {delivery(t, other, eventBody, now), http.StatusUnauthorized},
		"an old request":           {delivery(t, secret, eventBody, now.Add(-6*time.Minute)), http.StatusUnauthorized},
		"another id":               {alter("Webhook-Id", "x"), http.StatusUnauthorized},
		"no signature of the host": {alter("X-10ex-Signature", ""), http.StatusUnauthorized},
		"no standard signature":    {alter("Webhook-Signature", "v1,"), http.StatusUnauthorized},
		"no JSON":                  {delivery(t, secret, "{", now), http.StatusBadRequest},
	} {
		w := httptest.NewRecorder()
		h.handler().ServeHTTP(w, c.request)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, c.status, w.Body)
		}
	}
	w := httptest.NewRecorder()
	h.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/webinars", http.NoBody))
	if want := `[{"action":"launch","campaign_id":"spring","asset_id":"a","version":1}]`; strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("the invitations are %s, want %s", w.Body, want)
	}
}

// TestSecondStart: the webhook is kept, and gets a new secret.
func TestSecondStart(t *testing.T) {
	t.Parallel()
	cfg := config{data: t.TempDir()}
	first, second := open(t, cfg), open(t, cfg)
	if first.webinars.secret == second.webinars.secret {
		t.Error("the secret is the old one")
	}
	all, err := second.hooks.List(t.Context(), second.actors[second.token("editor")], webhook.PageQuery{})
	if err != nil || len(all.Items) != 1 || all.Items[0].URL != second.url+"/webinars/hook" {
		t.Errorf("the webhooks are %+v, %v", all, err)
	}
}

// open opens a host that does not run.
func open(t *testing.T, cfg config) *host {
	t.Helper()
	h, err := openHost(t.Context(), cfg, netip.MustParseAddrPort("127.0.0.1:9"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}
