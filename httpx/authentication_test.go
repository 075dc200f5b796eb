package httpx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// key mints one more key and answers its bearer.
func mintKey(b *bench, in apikey.NewKey) string {
	b.t.Helper()
	bearer, _, err := b.ring.Mint(b.t.Context(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return bearer
}

func TestAUTH01RealKeys(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		now := time.Now()
		b := newBench(t, db, func(_ *assets.Config, o *httpx.Options) {
			ring, err := apikey.New(apikey.Config{Store: db, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			o.Authenticate = httpx.Bearer(ring)
		})
		good := b.bearers["owner"]
		expiring := mintKey(b, apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}, ExpiresAt: assets.TimeOf(now.Add(time.Minute))})
		list := func(authorization string) *httptest.ResponseRecorder {
			c := call{method: "GET", path: base, header: map[string]string{}}
			if authorization != "" {
				c.header["Authorization"] = authorization
			}
			return b.send(c)
		}
		for _, bearer := range []string{good, expiring} {
			want{status: 200}.check(t, b.world, list("Bearer "+bearer))
		}
		now = now.Add(time.Minute)
		other := strings.Split(b.bearers["read"], "_") // the secret of another key
		first := list("")
		want{status: 401, code: "unauthorized"}.check(t, b.world, first)
		for name, authorization := range map[string]string{
			"malformed": "Bearer tnx_x", "no scheme": good, "basic": "Basic " + good, "two": "Bearer " + good + " " + good,
			"bad checksum": "Bearer " + good[:len(good)-1] + map[bool]string{true: "1", false: "0"}[good[len(good)-1] == '0'],
			"unknown":      "Bearer tnx_" + strings.Repeat("a", 8) + "_" + other[2],
			"wrong secret": "Bearer " + strings.Replace(good, strings.Split(good, "_")[2], other[2], 1),
			"expired":      "Bearer " + expiring,
			"revoked":      "Bearer " + b.bearers["revoked"],
		} {
			if diff := cmp.Diff(whole(first), whole(list(authorization))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

// whole is an answer byte for byte.
func whole(rec *httptest.ResponseRecorder) string {
	return fmt.Sprint(rec.Code, rec.Header(), rec.Body)
}

// TestAUTH02Revoked: a process that has just accepted a key refuses it as soon
// as another one has revoked it.
func TestAUTH02Revoked(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		elsewhere, err := apikey.New(apikey.Config{Store: db})
		if err != nil {
			t.Fatal(err)
		}
		list := call{method: "GET", path: base, as: b.bearers["read"]}
		for range 3 {
			want{status: 200}.check(t, b.world, b.send(list))
		}
		if err := elsewhere.Revoke(t.Context(), "w1", strings.Split(list.as, "_")[1]); err != nil {
			t.Fatal(err)
		}
		want{status: 401, code: "unauthorized"}.check(t, b.world, b.send(list))
	})
}

func TestAUTH04OnePersonIsOneSubject(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db, func(c *assets.Config, _ *httpx.Options) {
			c.Approver = approval.Policy{Quorum: 2, ForbidSelfApproval: true, Kinds: []assets.Kind{assets.KindService}}
		})
		key := func(owner string, kind assets.Kind) string {
			return mintKey(b, apikey.NewKey{Workspace: "w1", Owner: owner, Kind: kind, Scopes: []assets.Scope{assets.ScopeAll}})
		}
		b.vars["id"] = string(b.asset("w1", "draft")) // by maker
		approve := func(as string) call {
			return call{method: "POST", path: base + "/{id}/approval", as: as, body: `{"action":"approve","version":2}`}
		}
		for _, kind := range []assets.Kind{assets.KindUser, assets.KindService} {
			want{status: 403, code: "self_approval"}.check(t, b.world, b.send(approve(key("maker", kind))))
		}
		for _, as := range []string{key("paul", assets.KindUser), key("paul", assets.KindUser), key("paul", assets.KindService)} {
			want{status: 200, body: []string{`"status":"pending_review"`}}.check(t, b.world, b.send(approve(as)))
		}
		want{status: 200, body: []string{`"status":"approved"`}}.check(t, b.world, b.send(approve(b.bearers["owner"])))
	})
}

func TestAUTH05AgentWithEveryScope(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		b := newBench(t, db)
		b.vars["id"] = string(b.asset("w1", "approved"))
		agent := func(path, body string) *httptest.ResponseRecorder {
			return b.send(call{method: "POST", path: base + path, as: b.bearers["agent"], body: body})
		}
		for path, body := range map[string]string{
			"/{id}/approval": `{"action":"approve","version":2}`,
			"/bulk/approval": `{"action":"approve","items":[{"asset_id":"{id}","version":2}]}`,
		} {
			want{status: 403, code: "agent_cannot_approve"}.check(t, b.world, agent(path, body))
		}
		want{status: 200, body: []string{`"status":"draft"`, `"version":3`, `"approved_version":1`}}.check(t, b.world, agent("/{id}/rollback", `{"version":1}`))
	})
}

// TestAUTH06BeforeAnyLookUp: own, foreign and unknown ids are refused alike,
// and the database is asked for nothing but the key.
func TestAUTH06BeforeAnyLookUp(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &watched{Database: db}
		b := newBench(t, w)
		var first string
		ids := []assets.ID{b.asset("w1", "draft"), b.asset("w2", "draft"), unknownID}
		w.asked = nil
		for _, id := range ids {
			rec := b.send(call{method: "POST", path: base + "/" + string(id) + "/approval", as: b.bearers["write"], body: `{"action":"approve","version":1}`})
			want{status: http.StatusForbidden, code: "forbidden_scope"}.check(t, b.world, rec)
			if first == "" {
				first = whole(rec)
			}
			if diff := cmp.Diff(first, whole(rec)); diff != "" {
				t.Error(diff)
			}
		}
		if len(w.asked) > 0 {
			t.Errorf("the store was asked for %v", w.asked)
		}
	})
}

func TestTEN02NoWorkspace(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		w := &watched{Database: db}
		b := newTenants(t, w, func(_ *assets.Config, o *httpx.Options) {
			o.Authenticate = func(*http.Request) (assets.Actor, error) {
				return assets.Actor{Subject: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}, nil
			}
		})
		w.asked = nil
		for _, row := range isolation {
			want{status: 401, code: "unauthorized"}.check(t, b.world, b.try(row, "none", unknownID, nil))
		}
		if len(w.asked) > 0 {
			t.Errorf("the store was asked for %v", w.asked)
		}
	})
}
