package assets_test

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
)

// reviewers of TestReviewState.
var (
	stateMaker = assets.Actor{Workspace: "w", Subject: "writer", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeWrite}}
	stateAna   = assets.Actor{Workspace: "w", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	stateBen   = assets.Actor{Workspace: "w", Subject: "ben", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
)

func newStateLibrary(t *testing.T) *assets.Library {
	t.Helper()
	cfg := assetstest.Config()
	cfg.Approver = approval.Policy{Quorum: 2}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestReviewState(t *testing.T) {
	t.Parallel()
	lib := newStateLibrary(t)
	made, err := lib.Create(t.Context(), stateMaker, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{
		Text: "one", Submit: true, Provenance: assets.Provenance{Parameters: []byte(`{"a":1}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id := made.ID
	approve := func(by assets.Actor) {
		t.Helper()
		if _, err := lib.Review(t.Context(), by, id, assets.Decision{Action: assets.ActionApprove}); err != nil {
			t.Fatal(err)
		}
	}
	state := func(by assets.Actor, sel assets.Selector) *assets.ReviewState {
		t.Helper()
		s, err := lib.ReviewState(t.Context(), by, id, sel)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	check := func(name string, p assets.Permission, err error, after assets.Status, inEffect bool) {
		t.Helper()
		if !errors.Is(p.Err, err) || p.Status != after || p.InEffect != inEffect {
			t.Errorf("%s: %+v, want %v, %q, in effect %v", name, p, err, after, inEffect)
		}
	}

	s := state(stateAna, assets.SelectCurrent)
	if s.Quorum != 2 || len(s.Approvals) != 0 || string(s.Version.Provenance.Parameters) != `{"a":1}` || len(s.Asset.Versions) != 1 || len(s.Asset.Reviews) != 1 {
		t.Errorf("a new asset is %+v", s)
	}
	check("the first approval", s.Permission(assets.ActionApprove), nil, assets.StatusPendingReview, false)
	check("an agent's", state(stateMaker, 1).Permission(assets.ActionApprove), assets.ErrKindCannotApprove, "", false)
	check("no action", s.Permission("burn"), assets.ErrInvalidTransition, "", false)

	approve(stateAna)
	s = state(stateAna, assets.SelectCurrent)
	check("a second one by the same person", s.Permission(assets.ActionApprove), nil, assets.StatusPendingReview, true)
	s = state(stateBen, 1)
	check("the second approval", s.Permission(assets.ActionApprove), nil, assets.StatusApproved, false)
	if len(s.Approvals) != 1 || s.Approvals[0].By != "ana" {
		t.Errorf("the approvals are %+v", s.Approvals)
	}

	approve(stateBen)
	if _, err := lib.AddVersion(t.Context(), stateMaker, id, assets.NewVersion{Text: "two", Submit: true}); err != nil {
		t.Fatal(err)
	}
	s = state(stateAna, assets.SelectApproved)
	if s.Version.Number != 1 || s.Asset.Version != 1 || s.Asset.Status != assets.StatusApproved || len(s.Approvals) != 2 || len(s.Asset.Versions) != 2 {
		t.Errorf("the approved version is %+v", s)
	}
	check("approving an older version that is in force", s.Permission(assets.ActionApprove), nil, assets.StatusPendingReview, true)
	check("withdrawing it", s.Permission(assets.ActionRequestChanges), nil, assets.StatusPendingReview, false)
	if s = state(stateAna, assets.SelectCurrent); s.Asset.Submitted.Version != 2 || len(s.Approvals) != 0 {
		t.Errorf("the newer version is %+v with %+v", s.Asset, s.Approvals)
	}
	for name, ask := range map[string]struct {
		by   assets.Actor
		id   assets.ID
		sel  assets.Selector
		want error
	}{
		"nobody":       {assets.Actor{}, id, 0, assets.ErrUnauthorized},
		"without read": {assets.Actor{Workspace: "w", Subject: "x", Kind: assets.KindUser}, id, 0, assets.ErrForbiddenScope},
		"no version":   {stateAna, id, 9, assets.ErrNotFound},
		"elsewhere":    {assets.Actor{Workspace: "v", Subject: "ana", Kind: assets.KindUser, Scopes: stateAna.Scopes}, id, 0, assets.ErrNotFound},
	} {
		if _, err := lib.ReviewState(t.Context(), ask.by, ask.id, ask.sel); !errors.Is(err, ask.want) {
			t.Errorf("%s: %v, want %v", name, err, ask.want)
		}
	}
}

// TestDecisionsBehindComments: however many comments and versions come after it, a request
// for changes is found.
func TestDecisionsBehindComments(t *testing.T) {
	t.Parallel()
	lib := newStateLibrary(t)
	made, err := lib.Create(t.Context(), stateMaker, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "0", Submit: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Review(t.Context(), stateAna, made.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "Shorter."}); err != nil {
		t.Fatal(err)
	}
	add := func(n int) {
		t.Helper()
		if _, err := lib.AddVersion(t.Context(), stateMaker, made.ID, assets.NewVersion{Text: strconv.Itoa(n), Submit: true}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(sel assets.Selector, decisions int, requested string) {
		t.Helper()
		s, err := lib.ReviewState(t.Context(), stateAna, made.ID, sel)
		if err != nil {
			t.Fatal(err)
		}
		comment := ""
		if s.Requested != nil {
			comment = s.Requested.Comment
		}
		ordered := slices.IsSortedFunc(s.Decisions, func(a, b assets.Review) int { return cmp.Compare(a.Revision, b.Revision) })
		comments := slices.ContainsFunc(s.Decisions, func(r assets.Review) bool { return r.Action == assets.ActionComment })
		if len(s.Decisions) != decisions || !ordered || comments || comment != requested {
			t.Errorf("version %d: %d decisions, in order: %t, with comments: %t; requested was %q", sel, len(s.Decisions), ordered, comments, comment)
		}
	}
	add(1)
	check(assets.SelectCurrent, 3, "Shorter.")
	check(1, 3, "")
	for range 150 {
		if _, err := lib.Comment(t.Context(), stateBen, made.ID, assets.NewComment{Version: 2, Text: "Fine."}); err != nil {
			t.Fatal(err)
		}
	}
	check(assets.SelectCurrent, 3, "Shorter.")
	check(1, 3, "")
	for n := range 120 {
		add(2 + n)
	}
	check(assets.SelectCurrent, 100, "Shorter.")
	check(1, 100, "")
}

func TestCursorAfter(t *testing.T) {
	t.Parallel()
	lib := newStateLibrary(t)
	var ids []assets.ID
	for range 3 {
		made, err := lib.Create(t.Context(), stateMaker, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x", Submit: true}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	for name, q := range map[string]assets.Query{
		"created":   {Ascending: true},
		"submitted": {Ascending: true, Sort: assets.SortSubmitted, Statuses: []assets.Status{assets.StatusPendingReview}},
	} {
		page, err := lib.List(t.Context(), stateAna, q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Cursor, err = lib.CursorAfter(stateAna, q, page.Items[0]); err != nil {
			t.Fatal(err)
		}
		if page, err = lib.List(t.Context(), stateAna, q); err != nil || len(page.Items) != 2 || page.Items[0].ID != ids[1] {
			t.Errorf("%s: behind the first one: %v, %v", name, page.Items, err)
		}
		q.Ascending = false
		if _, err := lib.List(t.Context(), stateAna, q); !errors.Is(err, assets.ErrInvalidCursor) {
			t.Errorf("%s: the cursor in the other direction: %v", name, err)
		}
	}
	if _, err := lib.CursorAfter(assets.Actor{}, assets.Query{}, &assets.Asset{}); !errors.Is(err, assets.ErrUnauthorized) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := lib.CursorAfter(stateAna, assets.Query{Limit: -1}, &assets.Asset{}); len(assets.FieldErrors(err)) != 1 {
		t.Errorf("a malformed query: %v", err)
	}
}
