package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// secretPrefix begins every secret, as Standard Webhooks has it:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
const secretPrefix = "whsec_"

const secretBytes = 32

// rotation is how long the previous secret signs besides a new one.
const rotation = 24 * time.Hour

// secretPurpose is the purpose of the keys that encrypt secrets. Changing it makes all
// stored secrets unreadable.
const secretPurpose = "webhook secret"

func newSecret() string {
	b := make([]byte, secretBytes)
	rand.Read(b)
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// bound returns what a sealed secret belongs to.
func bound(workspace string, webhook assets.ID) [][]byte {
	return [][]byte{[]byte(workspace), []byte(webhook)}
}

// seal encrypts a secret of a webhook under the newest signing key.
func (h *Hooks) seal(workspace string, webhook assets.ID, secret string) string {
	return h.lib.Encrypt(secretPurpose, bound(workspace, webhook), []byte(secret))
}

// errUnreadable: no signing key decrypts the newest secret of a webhook.
var errUnreadable = errors.New("the secret cannot be decrypted with the signing keys")

// secrets returns the secrets that sign at a time, newest first. It returns errUnreadable
// if the newest cannot be decrypted. One that ends soon and cannot be is left out.
func (h *Hooks) secrets(w *record.Webhook, at assets.Time) ([]string, error) {
	var secrets []string
	for i, s := range w.Secrets {
		if s.EndsAt != 0 && s.EndsAt <= at {
			continue
		}
		secret, _, err := h.lib.Decrypt(secretPurpose, bound(w.Workspace, w.ID), s.Sealed)
		if err == nil {
			secrets = append(secrets, string(secret))
		} else if i == 0 {
			return nil, errUnreadable
		}
	}
	if len(secrets) == 0 {
		return nil, errUnreadable
	}
	return secrets, nil
}

// sign sets the headers with the signatures of a body by each of the secrets, in their
// order. The host's header has the HMAC of the body, with the whole secret as the key,
// once for each. Those of Standard Webhooks have the HMAC of id, time and body, with the
// bytes that the secret encodes as the key.
func sign(header http.Header, id assets.ID, at time.Time, body []byte, secrets []string) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signed := append([]byte(string(id)+"."+timestamp+"."), body...)
	var standard []string
	for _, secret := range secrets {
		header.Add("X-10ex-Signature", "sha256="+hex.EncodeToString(mac([]byte(secret), body)))
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			panic("webhook: a secret of ours is malformed") // without its text
		}
		standard = append(standard, "v1,"+base64.StdEncoding.EncodeToString(mac(key, signed)))
	}
	header.Set("Webhook-Id", string(id))
	header.Set("Webhook-Timestamp", timestamp)
	header.Set("Webhook-Signature", strings.Join(standard, " "))
}

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
