package apikey_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	r := newRing(t, new(mapStore), newClock())
	in := newKey()
	in.Kind, in.Scopes = assets.KindAgent, []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
	bearer, k := mint(t, r, in)
	got, err := r.Authenticate(t.Context(), bearer)
	want := assets.Actor{
		Workspace: "acme", Subject: "ada", Kind: assets.KindAgent,
		Scopes: in.Scopes, KeyPrefix: assets.Optional(k.Prefix),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// refused checks that the answer is the one refusal there is.
func refused(t *testing.T, r *apikey.Ring, bearer string) {
	t.Helper()
	got, err := r.Authenticate(t.Context(), bearer)
	if err != assets.ErrUnauthorized {
		t.Errorf("%v, want the bare ErrUnauthorized", err)
	}
	if diff := cmp.Diff(assets.Actor{}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAUTH01RefusedWithoutLookup(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	bearer, k := mint(t, r, newKey())
	flip := func(i int) string {
		c := byte('x')
		if bearer[i] == c {
			c = 'y'
		}
		return bearer[:i] + string(c) + bearer[i+1:]
	}
	withZero := forge(k.Prefix, [32]byte{1}) // its secret begins with a zero digit
	bearers := map[string]string{
		"missing":               "",
		"the scheme with it":    "Bearer " + bearer,
		"only the prefix":       "tnx_" + k.Prefix + "_",
		"cut":                   bearer[:len(bearer)-1],
		"longer":                bearer + "0",
		"space in front":        " " + bearer,
		"line end":              bearer + "\n",
		"another scheme":        "tny_" + bearer[4:],
		"scheme in upper case":  "TNX_" + bearer[4:],
		"prefix in upper case":  bearer[:4] + strings.ToUpper(bearer[4:12]) + "_" + bearer[13:],
		"no separator":          bearer[:12] + "0" + bearer[13:],
		"another prefix":        flip(7),
		"secret mistyped":       flip(20),
		"checksum mistyped":     flip(len(bearer) - 1),
		"plus for a zero":       strings.Replace(withZero, "_0", "_+", 1),
		"minus for a zero":      strings.Replace(withZero, "_0", "_-", 1),
		"not base62":            bearer[:20] + "é" + bearer[22:],
		"digits above 256 bits": "tnx_" + k.Prefix + "_" + strings.Repeat("Z", 49),
		"checksum over 32 bits": bearer[:56] + "ZZZZZZ",
		"SQL":                   "tnx_' or 1=1_" + bearer[13:],
		"huge":                  "tnx_" + strings.Repeat("a", 1<<20),
	}
	if k.Prefix == strings.ToUpper(k.Prefix) { // digits only
		delete(bearers, "prefix in upper case")
	}
	for name, b := range bearers {
		t.Run("AUTH01 "+name, func(t *testing.T) { refused(t, r, b) })
	}
	if s.reads != 0 {
		t.Errorf("the store was asked %d times", s.reads)
	}
}

func TestAUTH01RefusedAfterLookup(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := new(mapStore)
	r := newRing(t, s, c)
	expiring := newKey()
	expiring.ExpiresAt = assets.TimeOf(c.now().Add(time.Hour))
	valid, k := mint(t, r, newKey())
	expired, _ := mint(t, r, expiring)
	revoked, gone := mint(t, r, newKey())
	if err := r.Revoke(t.Context(), "acme", gone.Prefix); err != nil {
		t.Fatal(err)
	}
	c.move(time.Hour - time.Millisecond)
	if _, err := r.Authenticate(t.Context(), expired); err != nil {
		t.Errorf("a millisecond before its expiry: %v", err)
	}
	c.move(time.Millisecond)

	for name, b := range map[string]string{
		"unknown":                   forge(prefixFrom("unknown"), [32]byte{}),
		"wrong secret":              forge(k.Prefix, [32]byte{1}),
		"another key's secret":      forge(k.Prefix, secretOf(t, revoked)),
		"expired exactly now":       expired,
		"revoked":                   revoked,
		"revoked, and wrong secret": forge(gone.Prefix, [32]byte{}),
	} {
		before := s.reads
		t.Run("AUTH01 "+name, func(t *testing.T) { refused(t, r, b) })
		if s.reads != before+1 {
			t.Errorf("%s: the store was asked %d times", name, s.reads-before)
		}
	}
	if _, err := r.Authenticate(t.Context(), valid); err != nil {
		t.Errorf("the valid one: %v", err)
	}
}

func TestAUTH02RevokedOnTheNextRequest(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	here, there := newRing(t, s, c), newRing(t, s, c) // two processes, one store
	bearer, k := mint(t, here, newKey())
	for _, r := range []*apikey.Ring{here, there} {
		if _, err := r.Authenticate(t.Context(), bearer); err != nil {
			t.Fatal(err)
		}
	}
	if err := here.Revoke(t.Context(), "acme", k.Prefix); err != nil {
		t.Fatal(err)
	}
	refused(t, there, bearer)
	refused(t, here, bearer)
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	r := newRing(t, s, c)
	bearer, k := mint(t, r, newKey())
	for name, err := range map[string]error{
		"another workspace": r.Revoke(t.Context(), "globex", k.Prefix),
		"no workspace":      r.Revoke(t.Context(), "", k.Prefix),
		"no prefix":         r.Revoke(t.Context(), "acme", ""),
		"no prefix at all":  r.RevokeAny(t.Context(), ""),
		"unknown prefix":    r.RevokeAny(t.Context(), prefixFrom("unknown")),
		"a bearer":          r.RevokeAny(t.Context(), bearer),
	} {
		if err != assets.ErrNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Authenticate(t.Context(), bearer); err != nil {
		t.Errorf("revoked by mistake: %v", err)
	}

	if err := r.RevokeAny(t.Context(), k.Prefix); err != nil {
		t.Error(err)
	}
	first := s.keys[k.Prefix].RevokedAt
	c.move(time.Hour)
	if err := r.Revoke(t.Context(), "acme", k.Prefix); err != nil || s.keys[k.Prefix].RevokedAt != first {
		t.Errorf("again: %v, revoked at %s, first at %s", err, s.keys[k.Prefix].RevokedAt, first)
	}
}

func TestRevokeWithStoreDown(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	_, k := mint(t, r, newKey())
	down := errors.New("gone")
	s.onChange = func(context.Context) error { return down }
	if err := r.Revoke(t.Context(), "acme", k.Prefix); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("not writable: %v", err)
	}
	s.onKeys = func() error { return down }
	if err := r.Revoke(t.Context(), "acme", k.Prefix); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("not readable: %v", err)
	}
}

func TestRevokeAtTheEpoch(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.UnixMilli(0)}
	r := newRing(t, new(mapStore), c)
	bearer, k := mint(t, r, newKey())
	if err := r.Revoke(t.Context(), "acme", k.Prefix); err != nil {
		t.Fatal(err)
	}
	refused(t, r, bearer)
}

func TestAUTH03StoreDown(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	bearer, _ := mint(t, r, newKey())
	for name, failure := range map[string]error{
		"AUTH03 unavailable": assets.ErrUnavailable,
		"AUTH03 cut":         context.DeadlineExceeded,
		"AUTH03 any other":   errors.New("sql: connection refused"),
	} {
		t.Run(name, func(t *testing.T) {
			s.onKeys = func() error { return failure }
			got, err := r.Authenticate(t.Context(), bearer)
			if !errors.Is(err, assets.ErrUnavailable) || errors.Is(err, assets.ErrUnauthorized) || assets.Code(err) != "unavailable" {
				t.Errorf("%v (%s)", err, assets.Code(err))
			}
			if diff := cmp.Diff(assets.Actor{}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
