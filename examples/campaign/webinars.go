package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/webhook"
)

// webinars invites with approved assets. It could run anywhere: all that it knows comes
// by a webhook, at least once, and it keeps the ids of the events that it has handled.
type webinars struct {
	store  *store.Store
	secret string
}

const hookName = "webinars"

// newWebinars makes the webhook, or takes a new secret for the one of an earlier start. A
// receiver elsewhere keeps its secret in its configuration.
func newWebinars(ctx context.Context, st *store.Store, hooks *webhook.Hooks, by assets.Actor, url string) (*webinars, error) {
	_, err := st.DB().ExecContext(ctx, `CREATE TABLE IF NOT EXISTS webinar_invitations (
		event_id TEXT NOT NULL PRIMARY KEY, occurred_at BIGINT NOT NULL,
		action TEXT NOT NULL, campaign_id TEXT NOT NULL, asset_id TEXT NOT NULL, version BIGINT NOT NULL)`)
	if err != nil {
		return nil, err
	}
	known, err := hooks.List(ctx, by, webhook.PageQuery{})
	if err != nil {
		return nil, err
	}
	for _, w := range known.Items {
		if w.Description != hookName {
			continue
		}
		if _, err := hooks.Edit(ctx, by, w.ID, webhook.Edit{URL: &url}); err != nil {
			return nil, err
		}
		w, err := hooks.RotateSecret(ctx, by, w.ID)
		return &webinars{st, w.Secret}, err
	}
	w, err := hooks.Create(ctx, by, webhook.NewWebhook{URL: url, InForceChanged: true, Description: hookName})
	return &webinars{st, w.Secret}, err
}

// receive handles one delivery. Any status but 2xx makes it come again.
func (m *webinars) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	if !verifyHost(m.secret, r.Header, body) || !verifyStandard(m.secret, r.Header, body, time.Now()) {
		http.Error(w, "the signature is wrong", http.StatusUnauthorized)
		return
	}
	var e assets.Event
	if err := json.Unmarshal(body, &e); err != nil {
		http.Error(w, "this is no event", http.StatusBadRequest)
		return
	}
	if a, ok := actionFor(&e); ok {
		_, err = m.store.DB().ExecContext(r.Context(), "INSERT INTO webinar_invitations (event_id, occurred_at, action, campaign_id, asset_id, version)"+
			" VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", e.ID, int64(e.At), a.Action, a.CampaignID, a.AssetID, int64(a.Version))
	}
	if err != nil {
		http.Error(w, "the invitation cannot be stored", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// verifyHost verifies X-10ex-Signature: the HMAC of the body by the secret as it was
// shown. The header comes several times while a secret is replaced.
func verifyHost(secret string, header http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(header.Values("X-10ex-Signature"), func(got string) bool { return hmac.Equal([]byte(got), []byte(want)) })
}

// verifyStandard verifies the headers of Standard Webhooks: the HMAC of id, time and body
// by what the secret encodes. An old request is refused.
func verifyStandard(secret string, header http.Header, body []byte, now time.Time) bool {
	id, timestamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(strings.Fields(header.Get("Webhook-Signature")), func(got string) bool { return hmac.Equal([]byte(got), []byte(want)) })
}

// list responds with the invitations, oldest first.
func (m *webinars) list(w http.ResponseWriter, r *http.Request) {
	writeActions(w, r, m.store, "SELECT action, campaign_id, asset_id, version FROM webinar_invitations ORDER BY occurred_at, event_id LIMIT 1000")
}
