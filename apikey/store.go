package apikey

import (
	"context"
	"errors"

	"github.com/10ex/assets"
)

// ErrPrefixTaken means that another key has this prefix.
var ErrPrefixTaken = errors.New("key prefix taken")

// Key is a stored API key. It holds the digest of the secret, never the
// secret.
type Key struct {
	Prefix     string         `json:"prefix"` // 8 of [a-z0-9], public, unique in the store
	Name       string         `json:"name"`
	Workspace  string         `json:"workspace_id"`
	Owner      string         `json:"owner"` // the subject it acts for
	Kind       assets.Kind    `json:"kind"`
	Scopes     []assets.Scope `json:"scopes"`
	CreatedAt  assets.Time    `json:"created_at"`
	LastUsedAt assets.Time    `json:"last_used_at"` // exact to about a minute
	ExpiresAt  assets.Time    `json:"expires_at"`   // 0: never
	RevokedAt  assets.Time    `json:"-"`            // 0: not revoked

	SecretSHA256 [32]byte `json:"-"`
}

// Filter selects keys; empty fields do not restrict.
type Filter struct {
	Workspace string
	Prefix    string
}

// Change lists new values for a stored key; zero fields change nothing.
type Change struct {
	LastUsedAt assets.Time
	RevokedAt  assets.Time // ignored if the key is revoked already
}

// Store keeps key records. If the back end cannot be reached, every method
// returns an error that wraps assets.ErrUnavailable.
type Store interface {
	// AddKey inserts a key. It returns ErrPrefixTaken if another key has its
	// prefix.
	AddKey(ctx context.Context, k Key) error
	// Keys returns the matching keys, including revoked ones, sorted by
	// prefix. It must not return cached records.
	Keys(ctx context.Context, f Filter) ([]Key, error)
	// ChangeKey changes one key. It returns assets.ErrNotFound if there is
	// none. It must not wait long for another writer: if the store is busy,
	// it returns assets.ErrUnavailable.
	ChangeKey(ctx context.Context, prefix string, c Change) error
}
