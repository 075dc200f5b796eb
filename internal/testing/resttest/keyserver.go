package httpx_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// bench is a world of two workspaces whose callers have real API keys, kept in
// the same database as the rows.
type bench struct {
	*world
	db      backends.Database
	ring    *apikey.Ring
	bearers map[string]string // by the name of the key
}

// The keys of a bench. All but other are of workspace w1.
var benchKeys = []struct {
	name string
	key  apikey.NewKey
}{
	{"owner", apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}},
	{"read", apikey.NewKey{Workspace: "w1", Owner: "rita", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}}},
	{"write", apikey.NewKey{Workspace: "w1", Owner: "will", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeWrite}}},
	{"approve", apikey.NewKey{Workspace: "w1", Owner: "anna", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeApprove}}},
	{"agent", apikey.NewKey{Workspace: "w1", Owner: "bot", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeAll}}},
	{"other", apikey.NewKey{Workspace: "w2", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}},
	{"revoked", apikey.NewKey{Workspace: "w1", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}},
}

func newBench(t testing.TB, db backends.Database, opts ...option) *bench {
	t.Helper()
	ring, err := apikey.New(apikey.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{db: db, ring: ring, bearers: map[string]string{"none": ""}}
	for _, k := range benchKeys {
		bearer, key, err := ring.Mint(t.Context(), k.key)
		if err != nil {
			t.Fatal(err)
		}
		b.bearers[k.name] = bearer
		if k.name == "revoked" {
			if err := ring.Revoke(t.Context(), key.Workspace, key.Prefix); err != nil {
				t.Fatal(err)
			}
		}
	}
	byKey := func(_ *assets.Config, o *httpx.Options) { o.Authenticate = httpx.Bearer(ring) }
	b.world = newWorld(t, append([]option{on(db), byKey}, opts...)...)
	b.vars["base"], b.vars["unknown"] = base, unknownID
	return b
}

func maker(workspace string) assets.Actor {
	return assets.Actor{Workspace: workspace, Subject: "maker", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

// asset makes an asset of two versions in a state: draft, pending, approved
// (version 1, with 2 a newer draft) or archived.
func (b *bench) asset(workspace, state string) assets.ID {
	b.t.Helper()
	by, ctx := maker(workspace), b.t.Context()
	made, err := b.lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Launch", NewVersion: assets.NewVersion{Text: "first in " + workspace},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	review := func(d assets.Decision) {
		if _, err := b.lib.Review(ctx, by, made.ID, d); err != nil {
			b.t.Fatal(err)
		}
	}
	if state == "approved" {
		review(assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if _, err := b.lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: "second in " + workspace}); err != nil {
		b.t.Fatal(err)
	}
	switch state {
	case "pending":
		review(assets.Decision{Action: assets.ActionSubmit})
	case "archived":
		review(assets.Decision{Action: assets.ActionArchive})
	}
	return made.ID
}
