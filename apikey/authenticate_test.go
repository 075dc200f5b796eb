package apikey_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

func TestBadBearersAreRefusedWithoutLookupAUTH01(t *testing.T) {
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
		"missing":                "",
		"with the HTTP scheme":   "Bearer " + bearer,
		"only the prefix":        "tnx_" + k.Prefix + "_",
		"too short":              bearer[:len(bearer)-1],
		"too long":               bearer + "0",
		"leading space":          " " + bearer,
		"trailing newline":       bearer + "\n",
		"another scheme":         "tny_" + bearer[4:],
		"scheme in upper case":   "TNX_" + bearer[4:],
		"prefix in upper case":   bearer[:4] + strings.ToUpper(bearer[4:12]) + "_" + bearer[13:],
		"no separator":           bearer[:12] + "0" + bearer[13:],
		"another prefix":         flip(7),
		"secret mistyped":        flip(20),
		"checksum mistyped":      flip(len(bearer) - 1),
		"plus sign for a zero":   strings.Replace(withZero, "_0", "_+", 1),
		"minus sign for a zero":  strings.Replace(withZero, "_0", "_-", 1),
		"not base62":             bearer[:20] + "é" + bearer[22:],
		"digits above 256 bits":  "tnx_" + k.Prefix + "_" + strings.Repeat("Z", 49),
		"checksum above 32 bits": bearer[:56] + "ZZZZZZ",
		"SQL":                    "tnx_' or 1=1_" + bearer[13:],
		"huge":                   "tnx_" + strings.Repeat("a", 1<<20),
	}
	if k.Prefix == strings.ToUpper(k.Prefix) { // digits only
		delete(bearers, "prefix in upper case")
	}
	for name, b := range bearers {
		t.Run(name, func(t *testing.T) { checkRefused(t, r, b) })
	}
	if s.reads != 0 {
		t.Errorf("the store was read %d times", s.reads)
	}
}

func TestBadBearersAreRefusedAfterLookupAUTH01(t *testing.T) {
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
		t.Run(name, func(t *testing.T) { checkRefused(t, r, b) })
		if s.reads != before+1 {
			t.Errorf("%s: the store was read %d times", name, s.reads-before)
		}
	}
	if _, err := r.Authenticate(t.Context(), valid); err != nil {
		t.Errorf("the valid one: %v", err)
	}
}

func TestStoreUnavailableAUTH03(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	bearer, _ := mint(t, r, newKey())
	for name, failure := range map[string]error{
		"unavailable":       assets.ErrUnavailable,
		"deadline exceeded": context.DeadlineExceeded,
		"any other error":   errors.New("sql: connection refused"),
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

func TestLastUseIsRecordedOnceAMinute(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	here, there := newRing(t, s, c), newRing(t, s, c)
	bearer, k := mint(t, here, newKey())
	var want []apikey.Change
	for range 5 {
		want = append(want, apikey.Change{LastUsedAt: assets.TimeOf(c.now())})
		for range 59 {
			for _, r := range []*apikey.Ring{here, there} {
				if _, err := r.Authenticate(t.Context(), bearer); err != nil {
					t.Fatal(err)
				}
			}
			c.move(time.Second)
		}
		c.move(time.Second)
	}
	if diff := cmp.Diff(want, s.changes); diff != "" {
		t.Error(diff)
	}
	if got := s.keys[k.Prefix].LastUsedAt; got != want[4].LastUsedAt {
		t.Errorf("last used at %s", got)
	}

	c.move(-time.Hour) // the clock is set back
	if _, err := here.Authenticate(t.Context(), bearer); err != nil {
		t.Fatal(err)
	}
	if got := s.keys[k.Prefix].LastUsedAt; got != assets.TimeOf(c.now()) {
		t.Errorf("after a step back last used at %s, now %s", got, c.now())
	}
}

func TestConcurrentUsesAreRecordedOnce(t *testing.T) {
	t.Parallel()
	s := new(mapStore)
	r := newRing(t, s, newClock())
	bearer, _ := mint(t, r, newKey())
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := r.Authenticate(t.Context(), bearer); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.changes) != 1 {
		t.Errorf("%d writes", len(s.changes))
	}
}

func TestLastUseNotWritableAUTH03(t *testing.T) {
	t.Parallel()
	s, c := new(mapStore), newClock()
	r := newRing(t, s, c)
	bearer, _ := mint(t, r, newKey())
	s.onChange = func(context.Context) error { return assets.ErrUnavailable }
	for range 10 {
		if _, err := r.Authenticate(t.Context(), bearer); err != nil {
			t.Fatal(err)
		}
		c.move(time.Second)
	}
	if len(s.changes) != 1 {
		t.Errorf("%d attempts within a minute", len(s.changes))
	}
	c.move(time.Minute)
	if _, err := r.Authenticate(t.Context(), bearer); err != nil || len(s.changes) != 2 {
		t.Errorf("a minute later: %v, %d attempts", err, len(s.changes))
	}
}

// A store that does not finish a write delays a request only briefly, even if
// the request is cancelled.
func TestLastUseHangsAUTH03(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(mapStore)
		r := newRing(t, s, newClock())
		bearer, _ := mint(t, r, newKey())
		s.onChange = func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				t.Errorf("the cancellation of the request reached the write: %v", err)
			}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		if _, err := r.Authenticate(ctx, bearer); err != nil {
			t.Error(err)
		}
		if waited := time.Since(start); waited == 0 || waited > time.Second {
			t.Errorf("the request waited %s", waited)
		}
	})
}

// checkRefused checks that the error is ErrUnauthorized itself.
func checkRefused(t *testing.T, r *apikey.Ring, bearer string) {
	t.Helper()
	got, err := r.Authenticate(t.Context(), bearer)
	if err != assets.ErrUnauthorized {
		t.Errorf("%v, want the bare ErrUnauthorized", err)
	}
	if diff := cmp.Diff(assets.Actor{}, got); diff != "" {
		t.Error(diff)
	}
}

func TestActorOf(t *testing.T) {
	t.Parallel()
	c := newClock()
	r := newRing(t, new(mapStore), c)
	_, k := mint(t, r, newKey())
	if got, err := r.ActorOf(t.Context(), k.Prefix); err != nil || got.Subject != "ada" || string(got.KeyPrefix) != k.Prefix {
		t.Errorf("%+v, %v", got, err)
	}
	for _, prefix := range []string{"", "nothere1", "too-long-for-a-prefix", k.Prefix + "_x"} {
		if _, err := r.ActorOf(t.Context(), prefix); !errors.Is(err, assets.ErrUnauthorized) {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	if err := r.RevokeAny(t.Context(), k.Prefix); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ActorOf(t.Context(), k.Prefix); !errors.Is(err, assets.ErrUnauthorized) {
		t.Errorf("a revoked key: %v", err)
	}
}
