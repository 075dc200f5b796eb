package apikey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

func TestNewRequiresStore(t *testing.T) {
	t.Parallel()
	if _, err := apikey.New(apikey.Config{}); err == nil || !strings.Contains(err.Error(), "Store") {
		t.Error(err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	c, s := newClock(), new(mapStore)
	r := newRing(t, s, c)
	expiring, foreign := newKey(), newKey()
	expiring.ExpiresAt = assets.TimeOf(c.now().Add(time.Hour))
	foreign.Workspace = "globex"
	_, a := mint(t, r, newKey())
	_, b := mint(t, r, expiring)
	_, revoked := mint(t, r, newKey())
	_, other := mint(t, r, foreign)
	if err := r.Revoke(t.Context(), "acme", revoked.Prefix); err != nil {
		t.Fatal(err)
	}
	c.move(2 * time.Hour)

	list := func(keys []apikey.Key, err error) []string {
		if err != nil {
			t.Error(err)
		}
		var prefixes []string
		for _, k := range keys {
			prefixes = append(prefixes, k.Prefix)
		}
		return prefixes
	}
	sorted := func(s ...string) []string { slices.Sort(s); return s }
	if diff := cmp.Diff(sorted(a.Prefix, b.Prefix), list(r.List(t.Context(), "acme"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sorted(a.Prefix, b.Prefix, other.Prefix), list(r.ListAll(t.Context()))); diff != "" {
		t.Error(diff)
	}
	if keys, err := r.List(t.Context(), "nobody"); keys == nil || len(keys) > 0 || err != nil {
		t.Errorf("List of an unknown workspace = %v, %v", keys, err)
	}
	if keys, err := r.List(t.Context(), ""); len(keys) > 0 || len(assets.FieldErrors(err)) == 0 {
		t.Errorf("List without a workspace = %v, %v", keys, err)
	}
	s.onKeys = func() error { return errors.New("gone") }
	if _, err := r.List(t.Context(), "acme"); !errors.Is(err, assets.ErrUnavailable) {
		t.Error(err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	r := newRing(t, s, c)
	bearer, k := mint(t, r, newKey())
	for name, err := range map[string]error{
		"another workspace":        r.Revoke(t.Context(), "globex", k.Prefix),
		"no workspace":             r.Revoke(t.Context(), "", k.Prefix),
		"no prefix":                r.Revoke(t.Context(), "acme", ""),
		"no prefix, any workspace": r.RevokeAny(t.Context(), ""),
		"unknown prefix":           r.RevokeAny(t.Context(), prefixFrom("unknown")),
		"a bearer":                 r.RevokeAny(t.Context(), bearer),
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

func TestRevokeWhenStoreFails(t *testing.T) {
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

func TestRevokeAtUnixEpoch(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.UnixMilli(0)}
	r := newRing(t, new(mapStore), c)
	bearer, k := mint(t, r, newKey())
	if err := r.Revoke(t.Context(), "acme", k.Prefix); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, r, bearer)
}

func TestRevokedOnNextRequestAUTH02(t *testing.T) {
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
	checkRefused(t, there, bearer)
	checkRefused(t, here, bearer)
}

// Neither the log nor any returned value or error contains a bearer or its
// secret.
func TestNoBearerIsDisclosedLOG01(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := new(mapStore)
	r, err := apikey.New(apikey.Config{
		Store: s, Now: newClock().now,
		Logger: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	var returned strings.Builder
	note := func(values ...any) {
		for _, v := range values {
			asJSON, _ := json.Marshal(v)
			fmt.Fprintf(&returned, "%v %+v %#v %s\n", v, v, v, asJSON)
		}
	}
	try := func(bearer string) {
		actor, err := r.Authenticate(t.Context(), bearer)
		note(actor, err)
	}

	bearer, k := mint(t, r, newKey())
	note(k, r)
	s.onChange = func(context.Context) error { return errors.New("read-only") }
	try(bearer)
	if !strings.Contains(logged.String(), "last use not recorded") || !strings.Contains(logged.String(), k.Prefix) {
		t.Errorf("the failed write was not logged: %s", &logged)
	}
	try(bearer[:len(bearer)-1])
	wrong := forge(k.Prefix, [32]byte{7})
	try(wrong)
	s.onChange = nil
	keys, err := r.ListAll(t.Context())
	note(keys, err, r.RevokeAny(t.Context(), bearer), r.RevokeAny(t.Context(), k.Prefix))
	try(bearer)
	s.onKeys = func() error { return assets.ErrUnavailable }
	try(bearer)
	s.onAdd = s.onKeys
	_, k, err = r.Mint(t.Context(), newKey())
	note(k, err, r)

	for _, secret := range []string{bearer, bearer[13:], bearer[13:56], wrong[13:]} {
		for where, text := range map[string]string{"log": logged.String(), "values": returned.String()} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has the secret", where)
			}
		}
	}
}
