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
	touchEvery   = time.Minute            // how exact LastUsedAt is
	touchTimeout = 250 * time.Millisecond // how long a request waits for it at most
)

// Authenticate answers the actor that a bearer stands for; the door it came
// through is for the caller to fill in. Whatever is wrong with the bearer
// (missing, malformed, unknown, expired, revoked), the answer is the same bare
// [assets.ErrUnauthorized]. A store that cannot be asked is
// [assets.ErrUnavailable]: nobody is let in, and nobody refused.
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
	i := slices.IndexFunc(keys, c.opens)
	if i < 0 || !keys[i].stands(now) {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	r.touch(ctx, keys[i], now)
	return keys[i].actor(), nil
}

// opens reports whether c is the secret of k.
func (c credential) opens(k Key) bool {
	digest := sha256.Sum256(c.secret[:])
	return subtle.ConstantTimeCompare(digest[:], k.SecretSHA256[:]) == 1
}

// stands reports whether k is good at an instant; that of its expiry is the
// first at which it is not.
func (k Key) stands(at assets.Time) bool {
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

// touch records that k was used, at most once a minute, and whatever the
// caller's context does meanwhile. A failure costs nobody anything.
func (r *Ring) touch(ctx context.Context, k Key, now assets.Time) {
	if !r.due(k, now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), touchTimeout)
	defer cancel()
	if err := r.store.ChangeKey(ctx, k.Prefix, Change{LastUsedAt: now}); err != nil {
		r.log.WarnContext(ctx, "apikey: last use not recorded", "key_prefix", k.Prefix, "error", err)
	}
}

// due reports whether the last use of k is to be recorded now. An attempt
// counts whether or not it succeeds, so that a store which cannot be written
// does not cost every request an attempt.
func (r *Ring) due(k Key, now assets.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	recent := func(at assets.Time) bool { return now.Time().Sub(at.Time()).Abs() < touchEvery }
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
