// Package apikey authenticates agents, services and people by API keys of the
// form tnx_<prefix>_<secret>, each bound to one workspace, owner, kind and set
// of scopes.
//
// The one rule to know: the bearer that [Ring.Mint] answers is shown once. The
// store has only a digest of it, and nobody can show it again.
//
// Keys are optional: a host may authenticate in its own way and hand an
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

// Config is what a [Ring] is made of. Store is required.
type Config struct {
	Store  Store
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.DiscardHandler
}

// Ring mints, checks, lists and revokes keys. It is safe for concurrent use,
// holds no goroutine, and remembers no verdict: every call asks the store.
type Ring struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	touched map[string]assets.Time // by prefix: when its last use was last recorded, or that was tried
	pruned  assets.Time            // when touched was last cleared of old entries
}

// New checks a Config and makes a Ring of it.
func New(cfg Config) (*Ring, error) {
	if cfg.Store == nil {
		return nil, errors.New("apikey: Config.Store is required, for example sqlite.Open or memory.New()")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Ring{store: cfg.Store, now: cfg.Now, log: cfg.Logger, touched: map[string]assets.Time{}}, nil
}

// List answers the keys of a workspace by prefix, expired ones too, without
// the revoked. The errors are [assets.FieldError] for a malformed workspace
// and [assets.ErrUnavailable].
func (r *Ring) List(ctx context.Context, workspace string) ([]Key, error) {
	if err := checkID(workspace, "workspace"); err != nil {
		return nil, err
	}
	return r.list(ctx, Filter{Workspace: workspace})
}

// ListAll is [Ring.List] over all workspaces: for an operator, not for an
// actor.
func (r *Ring) ListAll(ctx context.Context) ([]Key, error) { return r.list(ctx, Filter{}) }

func (r *Ring) list(ctx context.Context, f Filter) ([]Key, error) {
	all, err := r.store.Keys(ctx, f)
	if err != nil {
		return nil, unavailable("list", err)
	}
	standing := make([]Key, 0, len(all))
	for _, k := range all {
		if k.RevokedAt == 0 {
			standing = append(standing, k)
		}
	}
	return standing, nil
}

// Revoke ends a key of a workspace: it fails from the next request on, in
// every process. A key that is revoked already stays so. The errors are
// [assets.ErrNotFound], also for another workspace's key, and
// [assets.ErrUnavailable]: revoke again then.
func (r *Ring) Revoke(ctx context.Context, workspace, prefix string) error {
	if checkID(workspace, "workspace") != nil { // also: an empty one would select every workspace
		return assets.ErrNotFound
	}
	return r.revoke(ctx, Filter{Workspace: workspace, Prefix: prefix})
}

// RevokeAny is [Ring.Revoke] for a key of any workspace: for an operator, not
// for an actor.
func (r *Ring) RevokeAny(ctx context.Context, prefix string) error {
	return r.revoke(ctx, Filter{Prefix: prefix})
}

func (r *Ring) revoke(ctx context.Context, f Filter) error {
	if !isPrefix(f.Prefix) { // also: an empty one would select every key
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

// unavailable wraps whatever a store failed with.
func unavailable(doing string, err error) error {
	return fmt.Errorf("apikey: %s: %w: %w", doing, assets.ErrUnavailable, err)
}
