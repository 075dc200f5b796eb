package assets_test

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

// What an actor may do with a method, whatever asset is named.
const (
	may      = ""
	noScope  = "forbidden_scope"
	noPerson = "agent_cannot_approve"
)

// method is a row: one call of the Library that names an asset.
type method struct {
	name  string
	state string // of the asset; default draft
	call  func(ctx context.Context, lib *assets.Library, by assets.Actor, id assets.ID) (any, error)

	read, write, approve, agent string // what each actor may
	early                       bool   // a missing scope is told before a malformed id
	lost                        string // code for an id that is not there; default not_found
	loc                         string // of a malformed id; default asset_id
	conflict                    string // a state in which the answer is about the state
}

const absent assets.ID = "01890000-0000-7000-8000-000000000000"

// isolation has every method of Library that takes an Actor.
func isolation() []method {
	stale := []int64{999}
	reads := method{write: noScope, approve: noScope, early: true}
	writes := method{read: noScope, approve: noScope, early: true}
	approves := method{read: noScope, write: noScope, agent: noPerson}
	as := func(like method, name, state string, call func(context.Context, *assets.Library, assets.Actor, assets.ID) (any, error)) method {
		like.name, like.state, like.call = name, state, call
		return like
	}
	conflicting := func(m method, state string) method { m.conflict = state; return m }
	located := func(m method, lost, loc string) method { m.lost, m.loc = lost, loc; return m }

	return []method{
		as(reads, "Get", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Get(ctx, by, id, assets.SelectCurrent)
		}),
		as(reads, "Get", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Get(ctx, by, id, assets.SelectApproved)
		}),
		as(reads, "Version", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Version(ctx, by, id, 1)
		}),
		as(reads, "Open", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			f, err := l.Open(ctx, by, id, assets.SelectCurrent)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return io.ReadAll(f)
		}),
		as(reads, "OpenRendition", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			f, err := l.OpenRendition(ctx, by, id, assets.SelectCurrent, 640)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return io.ReadAll(f)
		}),
		as(reads, "PreviewURL", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.PreviewURL(ctx, by, id, assets.PreviewOptions{})
		}),
		as(reads, "Allowed", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Allowed(ctx, by, id)
		}),
		located(as(reads, "Approved", "approved", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Approved(ctx, by, id)
		}), "not_found", "asset_ids.0"),
		located(as(reads, "List", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return found(l.List(ctx, by, assets.Query{IDs: []assets.ID{id}}))
		}), "", "asset_id"),
		located(as(reads, "All", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			var page assets.Page
			for a, err := range l.All(ctx, by, assets.Query{IDs: []assets.ID{id}}) {
				if err != nil {
					return nil, err
				}
				page.Items = append(page.Items, a)
			}
			return found(page, nil)
		}), "", "asset_id"),

		located(as(writes, "Create", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			in := newCopy("made of another")
			in.Provenance.DerivedFrom = []assets.Ref{{AssetID: id, Version: 1}}
			return l.Create(ctx, by, in)
		}), "validation_error", "provenance.derived_from.0.asset_id"),
		conflicting(as(writes, "AddVersion", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.AddVersion(ctx, by, id, assets.NewVersion{Text: "third"})
		}), "archived"),
		conflicting(as(writes, "Edit", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			title := "New"
			return l.Edit(ctx, by, id, assets.Edit{Title: &title})
		}), "archived"),
		conflicting(as(writes, "Delete", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return nil, l.Delete(ctx, by, id, nil)
		}), "approved"),
		conflicting(as(writes, "Rollback", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Rollback(ctx, by, id, assets.Rollback{Version: 1})
		}), "archived"),
		conflicting(as(approves, "Review", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Review(ctx, by, id, assets.Decision{Action: assets.ActionApprove, Version: 2})
		}), "archived"),
		located(as(approves, "BulkReview", "draft", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			results, err := l.BulkReview(ctx, by, assets.BulkDecision{
				Action: assets.ActionApprove, Items: []assets.BulkItem{{AssetID: id, Version: 2}},
			})
			if err != nil {
				return nil, err
			}
			return results[0].Asset, results[0].Err
		}), "not_found", "items.0.asset_id"),

		// With a revision that no asset has: 412 is for one's own.
		conflicting(as(writes, "AddVersion", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.AddVersion(ctx, by, id, assets.NewVersion{Text: "third", IfRevision: stale})
		}), "draft"),
		conflicting(as(writes, "Edit", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Edit(ctx, by, id, assets.Edit{ClearTags: true, IfRevision: stale})
		}), "draft"),
		conflicting(as(writes, "Delete", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return nil, l.Delete(ctx, by, id, stale)
		}), "draft"),
		conflicting(as(writes, "Rollback", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Rollback(ctx, by, id, assets.Rollback{Version: 1, IfRevision: stale})
		}), "draft"),
		conflicting(as(approves, "Review", "missed", func(ctx context.Context, l *assets.Library, by assets.Actor, id assets.ID) (any, error) {
			return l.Review(ctx, by, id, assets.Decision{Action: assets.ActionApprove, Version: 2, IfRevision: stale})
		}), "draft"),
	}
}

// found answers the one item of a page, or nothing.
func found(page assets.Page, err error) (any, error) {
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}

// namesNoAsset are the methods with an Actor but without an id: they answer
// what the workspace has.
var namesNoAsset = map[string]string{"Tags": "TestTEN06SameWordsInBoth", "NewUpload": "TestTEN04ForeignUpload"}

// TestTEN01EveryMethodHasARow: a new method of Library takes its place.
func TestTEN01EveryMethodHasARow(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, m := range isolation() {
		rows[m.name] = true
	}
	lib := reflect.TypeFor[*assets.Library]()
	for m := range lib.Methods() {
		takesActor := m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[assets.Actor]()
		if takesActor && !rows[m.Name] && namesNoAsset[m.Name] == "" {
			t.Errorf("the method %s has no row", m.Name)
		}
	}
}

// TestTEN01Isolation: each method with each actor on each kind of id. The
// actors are what real keys stand for.
func TestTEN01Isolation(t *testing.T) {
	for _, m := range isolation() {
		t.Run(m.name+" "+m.state, func(t *testing.T) {
			eachBackend(t, func(t *testing.T, cfg assets.Config) {
				actors := actorsOfKeys(t, cfg.Store.(apikey.Store))
				lib := library(t, cfg)
				for key, refusal := range map[string]string{
					"read": m.read, "write": m.write, "approve": m.approve, "agent": m.agent, "other": may,
					"revoked": "unauthorized", "none": "unauthorized",
				} {
					t.Run(key, func(t *testing.T) { isolationScene{t, lib}.isolate(m, key, actors[key], refusal) })
				}
			})
		})
	}
}

type isolationScene struct {
	t   *testing.T
	lib *assets.Library
}

func (s isolationScene) isolate(m method, key string, by assets.Actor, refusal string) {
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
		if m.lost == "" && m.name != "List" && m.name != "All" {
			lost = "not_found"
		}
	}
	unknown, unknownErr := m.call(ctx, s.lib, by, absent)
	s.code("unknown", unknownErr, lost)
	for _, state := range []string{"draft", "approved", "archived"} {
		id := s.asset(foreign, state)
		before := s.whole(foreign, id)
		got, err := m.call(ctx, s.lib, by, id)
		if a, b := told(got, err, id), told(unknown, unknownErr, absent); a != b {
			s.t.Errorf("foreign and %s: %s\nunknown: %s", state, a, b)
		}
		if diff := cmp.Diff(before, s.whole(foreign, id)); diff != "" {
			s.t.Errorf("another workspace's asset changed: %s", diff)
		}
	}
	_, err := m.call(ctx, s.lib, by, "nope")
	switch {
	case refusal == "unauthorized", refusal == noScope && (m.early || key == "read"):
		s.code("malformed", err, refusal)
	default:
		loc := m.loc
		if loc == "" {
			loc = "asset_id"
		}
		if got := places(err); !slices.Equal(got, []string{loc}) {
			s.t.Errorf("malformed: %v at %v, want %s", err, got, loc)
		}
	}
}

func (s isolationScene) code(which string, err error, want string) {
	s.t.Helper()
	if got := assets.Code(err); got != want {
		s.t.Errorf("%s: %v (%s), want %q", which, err, got, want)
	}
}

// told is all that an answer says, but for the id that the caller gave.
func told(got any, err error, id assets.ID) string {
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
func (s isolationScene) asset(workspace, state string) assets.ID {
	s.t.Helper()
	by, ctx := ann, s.t.Context()
	by.Workspace = workspace
	made, err := s.lib.Create(ctx, by, newCopy("first"))
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

func (s isolationScene) whole(workspace string, id assets.ID) *assets.Asset {
	s.t.Helper()
	by := ann
	by.Workspace = workspace
	a, err := s.lib.Get(s.t.Context(), by, id, assets.SelectCurrent)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// actorsOfKeys mints a key for each column and answers whom it stands for:
// nobody, once it is revoked.
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

// places answers where the field errors of err are, in order.
func places(err error) []string {
	var all []string
	for _, f := range assets.FieldErrors(err) {
		place, _, _ := strings.Cut(f.Error(), ": ")
		all = append(all, place)
	}
	return all
}
