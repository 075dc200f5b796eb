package apikey

import (
	"context"

	"github.com/10ex/assets"
)

// Key is one stored API key. The secret itself is nowhere: only its digest.
type Key struct {
	Prefix     string         `json:"prefix"` // 8 of [a-z0-9], public, unique in the store
	Name       string         `json:"name"`
	Workspace  string         `json:"workspace_id"`
	Owner      string         `json:"owner"` // the subject it acts for
	Kind       assets.Kind    `json:"kind"`
	Scopes     []assets.Scope `json:"scopes"`
	CreatedAt  assets.Time    `json:"created_at"`
	LastUsedAt assets.Time    `json:"last_used_at"` // to about a minute
	ExpiresAt  assets.Time    `json:"expires_at"`   // 0: never
	RevokedAt  assets.Time    `json:"-"`

	SecretSHA256 [32]byte `json:"-"`
}

// Filter selects keys; empty fields do not restrict.
type Filter struct {
	Workspace string
	Prefix    string
}

// Change is what may change of a stored key; zero fields stay as they are.
type Change struct {
	LastUsedAt assets.Time
	RevokedAt  assets.Time // the first revocation stands
}

// Store keeps key records. Every method answers an error wrapping
// assets.ErrUnavailable when the back end cannot be asked.
type Store interface {
	// AddKey inserts a key; a prefix that is taken is ErrPrefixTaken.
	AddKey(ctx context.Context, k Key) error
	// Keys answers the matching keys, revoked ones too, by prefix. It never
	// answers from a cache.
	Keys(ctx context.Context, f Filter) ([]Key, error)
	// ChangeKey changes one key; assets.ErrNotFound when there is none. It
	// does not wait long for a writer: a busy store is ErrUnavailable.
	ChangeKey(ctx context.Context, prefix string, c Change) error
}
