package apikey_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func TestKeyAsJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		key  apikey.Key
		want string
	}{
		{
			"every field",
			apikey.Key{
				Prefix: "agent007", Name: "laptop", Workspace: "acme", Owner: "ada", Kind: assets.KindUser,
				Scopes: []assets.Scope{assets.ScopeRead}, CreatedAt: 1, LastUsedAt: 2, ExpiresAt: 3,
			},
			`{"prefix":"agent007","name":"laptop","workspace_id":"acme","owner":"ada","kind":"user","scopes":["assets:read"],` +
				`"created_at":"1970-01-01T00:00:00.001Z","last_used_at":"1970-01-01T00:00:00.002Z","expires_at":"1970-01-01T00:00:00.003Z"}`,
		},
		{
			"without expiry, never used",
			apikey.Key{Prefix: "agent007", Kind: assets.KindAgent, CreatedAt: 1},
			`{"prefix":"agent007","name":"","workspace_id":"","owner":"","kind":"agent","scopes":null,` +
				`"created_at":"1970-01-01T00:00:00.001Z","last_used_at":null,"expires_at":null}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.key)
			if err != nil || string(got) != tt.want {
				t.Errorf("Marshal = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestKeyAsJSONHasNoDigest(t *testing.T) {
	t.Parallel()
	k := apikey.Key{Prefix: "agent007", RevokedAt: 1}
	without, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	k.RevokedAt, k.SecretSHA256 = 2, [32]byte{1, 2, 3}
	with, err := json.Marshal(k)
	if err != nil || string(with) != string(without) || strings.Contains(string(with), "revoked") {
		t.Errorf("Marshal = %s, %v; want %s", with, err, without)
	}
}
