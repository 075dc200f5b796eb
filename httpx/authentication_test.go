package httpx_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// mintKey mints another key and returns its bearer token.
func mintKey(srv *resttest.KeyServer, in apikey.NewKey) string {
	srv.TB.Helper()
	bearer, _, err := srv.Ring.Mint(srv.TB.Context(), in)
	if err != nil {
		srv.TB.Fatal(err)
	}
	return bearer
}

func TestInvalidKeysAUTH01(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		now := time.Now()
		srv := resttest.NewWithKeys(t, db, func(_ *assets.Config, o *httpx.Options) {
			ring, err := apikey.New(apikey.Config{Store: db, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			o.Authenticate = httpx.Bearer(ring)
		})
		good := srv.Bearers["owner"]
		expiring := mintKey(srv, apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}, ExpiresAt: assets.TimeOf(now.Add(time.Minute))})
		list := func(authorization string) *httptest.ResponseRecorder {
			c := call{Method: "GET", Path: base, Header: map[string]string{}}
			if authorization != "" {
				c.Header["Authorization"] = authorization
			}
			return srv.Send(c)
		}
		for _, bearer := range []string{good, expiring} {
			want{Status: 200}.Check(t, srv.Server, list("Bearer "+bearer))
		}
		now = now.Add(time.Minute)
		other := strings.Split(srv.Bearers["read"], "_") // the secret of another key
		first := list("")
		want{Status: 401, Code: "unauthorized"}.Check(t, srv.Server, first)
		for name, authorization := range map[string]string{
			"malformed": "Bearer tnx_x", "no scheme": good, "basic": "Basic " + good, "two": "Bearer " + good + " " + good,
			"bad checksum": "Bearer " + good[:len(good)-1] + map[bool]string{true: "1", false: "0"}[good[len(good)-1] == '0'],
			"unknown":      "Bearer tnx_" + strings.Repeat("a", 8) + "_" + other[2],
			"wrong secret": "Bearer " + strings.Replace(good, strings.Split(good, "_")[2], other[2], 1),
			"expired":      "Bearer " + expiring,
			"revoked":      "Bearer " + srv.Bearers["revoked"],
		} {
			if diff := cmp.Diff(resttest.Dump(first), resttest.Dump(list(authorization))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

// TestRevokedKeyAUTH02: a process that has accepted a key refuses it as soon as
// another process has revoked it.
func TestRevokedKeyAUTH02(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.NewWithKeys(t, db)
		elsewhere, err := apikey.New(apikey.Config{Store: db})
		if err != nil {
			t.Fatal(err)
		}
		list := call{Method: "GET", Path: base, As: srv.Bearers["read"]}
		for range 3 {
			want{Status: 200}.Check(t, srv.Server, srv.Send(list))
		}
		if err := elsewhere.Revoke(t.Context(), "w1", strings.Split(list.As, "_")[1]); err != nil {
			t.Fatal(err)
		}
		want{Status: 401, Code: "unauthorized"}.Check(t, srv.Server, srv.Send(list))
	})
}
