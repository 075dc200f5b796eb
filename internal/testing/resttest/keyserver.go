package resttest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
)

// KeyServer is a Server of the workspaces w1 and w2 whose callers have API keys.
// The keys are in the same database as the assets.
type KeyServer struct {
	*Server
	DB      backends.Database
	Ring    *apikey.Ring
	Bearers map[string]string // by the name of the key in testKeys; "none" is empty
}

// testKeys are the keys of a KeyServer. All except other belong to w1.
var testKeys = []struct {
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

// NewWithKeys returns a KeyServer on a database.
func NewWithKeys(t testing.TB, db backends.Database, opts ...Option) *KeyServer {
	t.Helper()
	ring, err := apikey.New(apikey.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	srv := &KeyServer{DB: db, Ring: ring, Bearers: map[string]string{"none": ""}}
	for _, k := range testKeys {
		bearer, key, err := ring.Mint(t.Context(), k.key)
		if err != nil {
			t.Fatal(err)
		}
		srv.Bearers[k.name] = bearer
		if k.name == "revoked" {
			if err := ring.Revoke(t.Context(), key.Workspace, key.Prefix); err != nil {
				t.Fatal(err)
			}
		}
	}
	byKey := func(_ *assets.Config, o *httpx.Options) { o.Authenticate = httpx.Bearer(ring) }
	srv.Server = New(t, append([]Option{WithDatabase(db), byKey}, opts...)...)
	srv.Vars["base"], srv.Vars["unknown"] = Base, UnknownID
	return srv
}

// Maker returns an actor with every scope in a workspace.
func Maker(workspace string) assets.Actor {
	return assets.Actor{Workspace: workspace, Subject: "maker", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
}

// CreateAsset creates an asset of two versions in a state: draft, pending,
// approved (version 1 is approved, 2 is a newer draft) or archived.
func (srv *KeyServer) CreateAsset(workspace, state string) assets.ID {
	srv.TB.Helper()
	by, ctx := Maker(workspace), srv.TB.Context()
	made, err := srv.Lib.Create(ctx, by, assets.NewAsset{
		Type: assets.TypeCopy, Title: "Launch", NewVersion: assets.NewVersion{Text: "first in " + workspace},
	})
	if err != nil {
		srv.TB.Fatal(err)
	}
	review := func(d assets.Decision) {
		if _, err := srv.Lib.Review(ctx, by, made.ID, d); err != nil {
			srv.TB.Fatal(err)
		}
	}
	if state == "approved" {
		review(assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if _, err := srv.Lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: "second in " + workspace}); err != nil {
		srv.TB.Fatal(err)
	}
	switch state {
	case "pending":
		review(assets.Decision{Action: assets.ActionSubmit})
	case "archived":
		review(assets.Decision{Action: assets.ActionArchive})
	}
	return made.ID
}

// CreateExportable creates an approved asset in w1 that every filter of an export
// selects.
func (srv *KeyServer) CreateExportable() assets.ID {
	srv.TB.Helper()
	made, err := srv.Lib.Create(srv.TB.Context(), Maker("w1"), assets.NewAsset{
		Type: assets.TypeCopy, Title: "Approved", CampaignID: "c", Tags: assets.Tags{"k": {"v"}},
		NewVersion: assets.NewVersion{Text: "approved", Provenance: assets.Provenance{AgentSlug: "a", RunID: "r", BrandID: "b", BriefID: "f"}},
	})
	if err == nil {
		_, err = srv.Lib.Review(srv.TB.Context(), Maker("w1"), made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err != nil {
		srv.TB.Fatal(err)
	}
	return made.ID
}

// CreatedExport is an export with the path of its link.
type CreatedExport struct {
	export.Export
	Path string
}

// CreateExport exports every approved version of a workspace.
func (srv *KeyServer) CreateExport(t testing.TB, workspace string) CreatedExport {
	t.Helper()
	x, err := export.New(export.Config{Library: srv.Lib})
	if err != nil {
		t.Fatal(err)
	}
	made, err := x.Create(t.Context(), Maker(workspace), export.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return CreatedExport{made, strings.TrimPrefix(made.URL, srv.Lib.PublicURL())}
}

// CreateApproved creates an approved bundle with a content in w1.
func (srv *KeyServer) CreateApproved(t testing.TB, title string, content io.Reader) assets.ID {
	t.Helper()
	made, err := srv.Lib.Create(t.Context(), Maker("w1"), assets.NewAsset{
		Type: assets.TypeBundle, Title: title, NewVersion: assets.NewVersion{Content: content},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Review(t, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	return made.ID
}

// Review records a decision on an asset in w1.
func (srv *KeyServer) Review(t testing.TB, id assets.ID, d assets.Decision) {
	t.Helper()
	if _, err := srv.Lib.Review(t.Context(), Maker("w1"), id, d); err != nil {
		t.Fatal(err)
	}
}

// Asset returns an asset with its versions and reviews.
func (srv *KeyServer) Asset(t *testing.T, workspace string, id assets.ID) *assets.Asset {
	t.Helper()
	a, err := srv.Lib.Get(t.Context(), Maker(workspace), id, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Page is the response of a list.
type Page struct {
	Items []struct {
		ID        assets.ID `json:"id"`
		CreatedAt string    `json:"created_at"`
	} `json:"items"`
	Next  *string `json:"next_cursor"`
	Total *int64  `json:"total"`
}

// List returns the list of a query, requested with a key.
func (srv *KeyServer) List(key, query string) Page {
	srv.TB.Helper()
	rec := srv.Send(Call{Method: "GET", Path: Base + "?" + query, As: srv.Bearers[key]})
	var p Page
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != http.StatusOK {
		srv.TB.Fatalf("%s: %d %s", query, rec.Code, rec.Body)
	}
	return p
}

// IDs returns the ids of the items.
func (p Page) IDs() []assets.ID {
	ids := make([]assets.ID, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.ID
	}
	return ids
}

// CreateCopy creates an asset of type copy.
func (srv *KeyServer) CreateCopy(workspace string, in assets.NewAsset) assets.ID {
	srv.TB.Helper()
	in.Type, in.Title = assets.TypeCopy, "Launch"
	if in.Text == "" {
		in.Text = "words"
	}
	made, err := srv.Lib.Create(srv.TB.Context(), Maker(workspace), in)
	if err != nil {
		srv.TB.Fatal(err)
	}
	return made.ID
}
