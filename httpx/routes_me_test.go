package httpx_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestGetMe(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, func(_ *assets.Config, o *httpx.Options) {
		o.Authenticate = httpx.Bearer(resttest.Actors{
			"all":    {Workspace: "w1", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
			"key":    {Workspace: "w2", Subject: "bot", Kind: assets.KindAgent, KeyPrefix: "abcd1234", Scopes: []assets.Scope{assets.ScopeWrite, assets.ScopeRead, assets.ScopeWrite}},
			"host's": {Workspace: "w1", Subject: "eve", Kind: assets.KindService, Scopes: []assets.Scope{"billing:read"}},
			"none":   {Workspace: "w1", Subject: "eve", Kind: assets.KindService},
			"nobody": {Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
		})
	})
	for as, body := range map[string]string{
		"all":    `{"workspace_id":"w1","subject":"ann","kind":"user","scopes":["*"],"key_prefix":null}`,
		"key":    `{"workspace_id":"w2","subject":"bot","kind":"agent","scopes":["assets:read","assets:write"],"key_prefix":"abcd1234"}`,
		"host's": `{"workspace_id":"w1","subject":"eve","kind":"service","scopes":[],"key_prefix":null}`,
		"none":   `{"workspace_id":"w1","subject":"eve","kind":"service","scopes":[],"key_prefix":null}`,
	} {
		rec := srv.Send(call{Method: "GET", Path: base + "/me", As: as})
		want{Status: 200, Header: map[string]string{"Cache-Control": "private, no-cache"}}.Check(t, srv, rec)
		if got := rec.Body.String(); got != body {
			t.Errorf("%s: %s, want %s", as, got, body)
		}
	}
	for _, as := range []string{"", "unknown", "nobody"} {
		want{Status: 401, Code: "unauthorized"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/me", As: as}))
	}
	want{Status: 422, Locs: []string{"query.verbose"}}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/me?verbose=1", As: "none"}))
	want{Status: 405, Code: "method_not_allowed", Header: map[string]string{"Allow": "GET, HEAD"}}.Check(t, srv, srv.Send(call{Method: "POST", Path: base + "/me", As: "all"}))
}
