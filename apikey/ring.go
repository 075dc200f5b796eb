// Package apikey authenticates agents, services and people by API keys of the
// form tnx_<prefix>_<secret>, each bound to one workspace, owner, kind and set
// of scopes.
//
// The one rule to know: [Ring.Mint] returns the bearer once. The store has only
// a digest of its secret, so the bearer cannot be recovered.
//
// Keys are optional: a host may authenticate in its own way and pass an
// [assets.Actor] to the Library.
package apikey

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/10ex/assets"
)

// Config configures a [Ring]. Store is required. That of an assets.Store which may wrap
// another is assets.StoreAs[apikey.Store](s).
type Config struct {
	Store  Store
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()
}

// Ring mints, authenticates, lists and revokes keys. It is safe for concurrent
// use, starts no goroutine and caches no key: every call reads the store.
type Ring struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	touched map[string]assets.Time // by prefix: the last attempt to record a use
	pruned  assets.Time            // when old entries of touched were last removed
}

// New returns a Ring. It returns an error if cfg has no Store.
func New(cfg Config) (*Ring, error) {
	if cfg.Store == nil {
		return nil, errors.New("apikey: Config.Store is required, for example sqlite.Open or memory.New()")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Ring{store: cfg.Store, now: cfg.Now, log: cfg.Logger, touched: map[string]assets.Time{}}, nil
}

// List returns the keys of a workspace, sorted by prefix. Expired keys are
// included, revoked ones are not. It returns an [*assets.FieldError] if the
// workspace is malformed, and [assets.ErrUnavailable] if the store cannot be
// read.
func (r *Ring) List(ctx context.Context, workspace string) ([]Key, error) {
	if err := checkID(workspace, "workspace"); err != nil {
		return nil, err
	}
	return r.list(ctx, Filter{Workspace: workspace})
}

// ListAll is [Ring.List] for all workspaces. It is meant for operators: an
// actor must never see the result.
func (r *Ring) ListAll(ctx context.Context) ([]Key, error) { return r.list(ctx, Filter{}) }

func (r *Ring) list(ctx context.Context, f Filter) ([]Key, error) {
	all, err := r.store.Keys(ctx, f)
	if err != nil {
		return nil, unavailable("list", err)
	}
	keys := make([]Key, 0, len(all))
	for _, k := range all {
		if k.RevokedAt == 0 {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// Revoke revokes a key of a workspace: the next request with it fails, in every
// process. Revoking a revoked key does nothing. It returns
// [assets.ErrNotFound] if the workspace has no such key, and
// [assets.ErrUnavailable] if the store failed; the key may be valid then, and
// Revoke must be called again.
func (r *Ring) Revoke(ctx context.Context, workspace, prefix string) error {
	if checkID(workspace, "workspace") != nil { // an empty one would select every workspace
		return assets.ErrNotFound
	}
	return r.revoke(ctx, Filter{Workspace: workspace, Prefix: prefix})
}

// RevokeAny is [Ring.Revoke] for a key of any workspace. It is meant for
// operators: an actor must never reach it.
func (r *Ring) RevokeAny(ctx context.Context, prefix string) error {
	return r.revoke(ctx, Filter{Prefix: prefix})
}

func (r *Ring) revoke(ctx context.Context, f Filter) error {
	if !isPrefix(f.Prefix) { // an empty one would select every key
		return assets.ErrNotFound
	}
	keys, err := r.store.Keys(ctx, f)
	switch {
	case err != nil:
		return unavailable("revoke", err)
	case len(keys) == 0:
		return assets.ErrNotFound
	case keys[0].RevokedAt != 0:
		return nil
	}
	at := max(assets.TimeOf(r.now()), 1) // 0 would change nothing
	err = r.store.ChangeKey(ctx, f.Prefix, Change{RevokedAt: at})
	switch {
	case errors.Is(err, assets.ErrNotFound):
		return assets.ErrNotFound
	case err != nil:
		return unavailable("revoke", err)
	}
	return nil
}

// unavailable wraps an error of the store in ErrUnavailable.
func unavailable(op string, err error) error {
	return fmt.Errorf("apikey: %s: %w: %w", op, assets.ErrUnavailable, err)
}
