package isolation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/testing/fixture"
)

// checker makes the calls of one actor on a Library.
type checker struct {
	t   *testing.T
	lib *assets.Library
}

// check makes a method's call on ids of each kind: of the actor's own workspace, of
// another one, unknown and malformed. refusal is the code that the actor gets for
// its own assets.
func (s checker) check(m method, key string, by assets.Actor, refusal string) {
	own, foreign := "w1", "w2"
	if key == "other" {
		own, foreign = foreign, own
	}
	ctx := s.t.Context()
	if m.state != "missed" {
		_, err := m.call(ctx, s.lib, by, s.asset(own, m.state))
		s.code("own", err, refusal)
	}
	if m.conflict != "" && refusal == may {
		_, err := m.call(ctx, s.lib, by, s.asset(own, m.conflict))
		if code := assets.Code(err); !slices.Contains([]string{"invalid_transition", "not_draft", "precondition_failed"}, code) {
			s.t.Errorf("own and %s: %v", m.conflict, err)
		}
	}
	lost := refusal
	if refusal == may {
		lost = m.lost
		if m.lost == "" && m.name != "List" && m.name != "All" && m.name != "Counts" && m.name != "Place" {
			lost = "not_found"
		}
	}
	unknown, unknownErr := m.call(ctx, s.lib, by, fixture.AbsentID)
	s.code("unknown", unknownErr, lost)
	for _, state := range []string{"draft", "approved", "archived"} {
		id := s.asset(foreign, state)
		before := s.get(foreign, id)
		got, err := m.call(ctx, s.lib, by, id)
		if a, b := result(got, err, id), result(unknown, unknownErr, fixture.AbsentID); a != b {
			s.t.Errorf("foreign and %s: %s\nunknown: %s", state, a, b)
		}
		if diff := cmp.Diff(before, s.get(foreign, id)); diff != "" {
			s.t.Errorf("another workspace's asset changed: %s", diff)
		}
	}
	_, err := m.call(ctx, s.lib, by, "nope")
	switch {
	case refusal == "unauthorized", refusal == noInviting, refusal == noScope && (m.early || key == "read"):
		s.code("malformed", err, refusal)
	default:
		loc := m.loc
		if loc == "" {
			loc = "asset_id"
		}
		if got := fixture.FieldPaths(err); !slices.Equal(got, []string{loc}) {
			s.t.Errorf("malformed: %v at %v, want %s", err, got, loc)
		}
	}
}

func (s checker) code(which string, err error, want string) {
	s.t.Helper()
	if got := assets.Code(err); got != want {
		s.t.Errorf("%s: %v (%s), want %q", which, err, got, want)
	}
}

// result returns everything that a call returned as text, without the id that the
// caller gave.
func result(got any, err error, id assets.ID) string {
	text := assets.Code(err) + " " + assets.Detail(err)
	if err == nil {
		text = fmt.Sprintf("%+v", got)
	}
	for _, f := range assets.FieldErrors(err) {
		text += "\n" + f.Error()
	}
	return strings.ReplaceAll(text, string(id), "ID")
}

// asset makes an asset of two versions in a state.
func (s checker) asset(workspace, state string) assets.ID {
	s.t.Helper()
	by, ctx := fixture.Ann, s.t.Context()
	by.Workspace = workspace
	made, err := s.lib.Create(ctx, by, fixture.Copy("first"))
	if err == nil && state == "approved" {
		_, err = s.lib.Review(ctx, by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err == nil {
		_, err = s.lib.AddVersion(ctx, by, made.ID, assets.NewVersion{Text: "second"})
	}
	if err == nil && state == "archived" {
		_, err = s.lib.Review(ctx, by, made.ID, assets.Decision{Action: assets.ActionArchive})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return made.ID
}

func (s checker) get(workspace string, id assets.ID) *assets.Asset {
	s.t.Helper()
	by := fixture.Ann
	by.Workspace = workspace
	a, err := s.lib.Get(s.t.Context(), by, id, assets.SelectCurrent)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// actorsOfKeys mints an API key for each column and returns the actors that they
// authenticate: the zero Actor for the revoked one.
func actorsOfKeys(t *testing.T, keys apikey.Store) map[string]assets.Actor {
	t.Helper()
	ring, err := apikey.New(apikey.Config{Store: keys})
	if err != nil {
		t.Fatal(err)
	}
	actors := map[string]assets.Actor{"none": {}}
	for name, in := range map[string]apikey.NewKey{
		"read":    {Workspace: "w1", Owner: "rita", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}},
		"write":   {Workspace: "w1", Owner: "will", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeWrite}},
		"approve": {Workspace: "w1", Owner: "anna", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeApprove}},
		"agent":   {Workspace: "w1", Owner: "bot", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeAll}},
		"other":   {Workspace: "w2", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
		"revoked": {Workspace: "w1", Owner: "olga", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
	} {
		bearer, k, err := ring.Mint(t.Context(), in)
		if err == nil && name == "revoked" {
			err = ring.Revoke(t.Context(), k.Workspace, k.Prefix)
		}
		if err != nil {
			t.Fatal(err)
		}
		if actors[name], err = ring.Authenticate(t.Context(), bearer); err != nil && name != "revoked" {
			t.Fatal(err)
		}
	}
	return actors
}
