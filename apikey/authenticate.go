package apikey

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"slices"
	"time"

	"github.com/10ex/assets"
)

const (
	touchInterval = time.Minute            // the precision of LastUsedAt
	maxTouchWait  = 250 * time.Millisecond // how long recording a use may delay a request
)

// Authenticate returns the actor of a bearer. Via is left empty for the caller
// to set. It returns [assets.ErrUnauthorized], unwrapped and without detail, if the
// bearer is missing, malformed, unknown, expired or revoked, and
// [assets.ErrUnavailable] if the store cannot be read.
func (r *Ring) Authenticate(ctx context.Context, bearer string) (assets.Actor, error) {
	c, ok := parseBearer(bearer)
	if !ok {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	keys, err := r.store.Keys(ctx, Filter{Prefix: c.prefix})
	if err != nil {
		return assets.Actor{}, unavailable("authenticate", err)
	}
	now := assets.TimeOf(r.now())
	i := slices.IndexFunc(keys, c.matches)
	if i < 0 || !keys[i].validAt(now) {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	r.touch(ctx, keys[i], now)
	return keys[i].actor(), nil
}

// ActorOf returns the actor of the key with a prefix, as Authenticate does of its bearer.
// It is for a session that the host has signed after it authenticated the bearer: a
// prefix is public. The key is read at each call, so a session ends with it.
//
// It returns the errors of Authenticate.
func (r *Ring) ActorOf(ctx context.Context, prefix string) (assets.Actor, error) {
	if !isPrefix(prefix) {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	keys, err := r.store.Keys(ctx, Filter{Prefix: prefix})
	if err != nil {
		return assets.Actor{}, unavailable("authenticate", err)
	}
	now := assets.TimeOf(r.now())
	if len(keys) != 1 || !keys[0].validAt(now) {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	r.touch(ctx, keys[0], now)
	return keys[0].actor(), nil
}

// matches reports whether c has the secret of k.
func (c credential) matches(k Key) bool {
	digest := sha256.Sum256(c.secret[:])
	return subtle.ConstantTimeCompare(digest[:], k.SecretSHA256[:]) == 1
}

// validAt reports whether k is neither revoked nor expired. At the instant of
// its expiry it is expired.
func (k Key) validAt(at assets.Time) bool {
	return k.RevokedAt == 0 && (k.ExpiresAt == 0 || at < k.ExpiresAt)
}

func (k Key) actor() assets.Actor {
	return assets.Actor{
		Workspace: k.Workspace,
		Subject:   k.Owner,
		Kind:      k.Kind,
		Scopes:    k.Scopes,
		KeyPrefix: assets.Optional(k.Prefix),
	}
}

// touch records that k was used, at most once a minute, even if ctx is
// cancelled. A failure is logged and does not fail the request.
func (r *Ring) touch(ctx context.Context, k Key, now assets.Time) {
	if !r.touchDue(k, now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxTouchWait)
	defer cancel()
	if err := r.store.ChangeKey(ctx, k.Prefix, Change{LastUsedAt: now}); err != nil {
		r.log.WarnContext(ctx, "apikey: last use not recorded", "key_prefix", k.Prefix, "error", err)
	}
}

// touchDue reports whether the use of k must be recorded now, and counts that as
// an attempt. Failed attempts count too, so that a store that cannot be written
// does not delay every request.
func (r *Ring) touchDue(k Key, now assets.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	recent := func(at assets.Time) bool { return now.Time().Sub(at.Time()).Abs() < touchInterval }
	if recent(k.LastUsedAt) || recent(r.touched[k.Prefix]) {
		return false
	}
	if !recent(r.pruned) {
		maps.DeleteFunc(r.touched, func(_ string, at assets.Time) bool { return !recent(at) })
		r.pruned = now
	}
	r.touched[k.Prefix] = now
	return true
}
