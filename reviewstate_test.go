package assets_test

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
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
		p, err := lib.Publishable(t.Context(), by, id, assets.Selector(s.Version.Number))
		if err != nil || !reflect.DeepEqual(s.Publishability, p) {
			t.Errorf("version %d is %+v, not %+v, %v", s.Version.Number, s.Publishability, p, err)
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

// asking is an asset of which changes of version 1 were requested first, and of version 2
// again and again.
type asking struct {
	*testing.T
	lib   *assets.Library
	id    assets.ID
	texts int // of the versions that were added
}

func newAsking(t *testing.T, lib *assets.Library) *asking {
	t.Helper()
	made, err := lib.Create(t.Context(), stateMaker, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "0", Submit: true}})
	if err != nil {
		t.Fatal(err)
	}
	a := &asking{T: t, lib: lib, id: made.ID}
	a.decide(stateAna, assets.ActionRequestChanges, "Shorter.")
	a.add()
	return a
}

func (a *asking) decide(by assets.Actor, action assets.Action, comment string) {
	a.Helper()
	if _, err := a.lib.Review(a.Context(), by, a.id, assets.Decision{Action: action, Comment: comment}); err != nil {
		a.Fatal(err)
	}
}

func (a *asking) add() {
	a.Helper()
	a.texts++
	if _, err := a.lib.AddVersion(a.Context(), stateMaker, a.id, assets.NewVersion{Text: strconv.Itoa(a.texts), Submit: true}); err != nil {
		a.Fatal(err)
	}
}

// requested returns what was asked for last when a version is shown.
func (a *asking) requested(sel assets.Selector) string {
	a.Helper()
	s, err := a.lib.ReviewState(a.Context(), stateAna, a.id, sel)
	if err != nil {
		a.Fatal(err)
	}
	if s.Requested == nil {
		return ""
	}
	return s.Requested.Comment
}

// TestRequestedWithinDecisions: a request is found if it is among the newest 1,000 decisions,
// however long their comments are.
func TestRequestedWithinDecisions(t *testing.T) {
	t.Parallel()
	for name, comment := range map[string]string{"short": "More.", "long": strings.Repeat("é", assets.MaxComment)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAsking(t, newStateLibrary(t))
			place := 2 // of the request among the decisions, behind the submission of version 2
			for place < 1000 {
				if place == 100 || place == 102 || place%200 == 0 {
					if got := a.requested(2); got != "Shorter." {
						t.Errorf("as decision %d: %q", place, got)
					}
				}
				a.decide(stateAna, assets.ActionRequestChanges, comment)
				a.decide(stateMaker, assets.ActionSubmit, "")
				place += 2
			}
			if got := a.requested(2); got != "Shorter." {
				t.Errorf("as decision 1,000: %q", got)
			}
			a.decide(stateAna, assets.ActionRequestChanges, comment)
			if got := a.requested(2); got != "" {
				t.Errorf("as decision 1,001: %q", got)
			}
		})
	}
}

// TestRequestedBeforeAnApproval: what was asked for before a version was approved is not
// asked for any more. One approval of two approves nothing.
func TestRequestedBeforeAnApproval(t *testing.T) {
	t.Parallel()
	a := newAsking(t, newStateLibrary(t))
	a.decide(stateAna, assets.ActionApprove, "")
	if got := a.requested(2); got != "Shorter." {
		t.Errorf("after one approval: %q", got)
	}
	a.decide(stateBen, assets.ActionApprove, "")
	a.add()
	for sel := range assets.Selector(4) {
		if got := a.requested(sel); got != "" {
			t.Errorf("selected %d, after the approval: %q", sel, got)
		}
	}
	a.decide(stateAna, assets.ActionRequestChanges, "Longer.")
	a.add()
	if got := a.requested(assets.SelectCurrent); got != "Longer." {
		t.Errorf("asked for after the approval: %q", got)
	}
}

// reviewReads counts the pages of reviews that are read.
type reviewReads struct {
	assets.Store
	pages     int
	unbounded int // of those behind the newest ones, without a limit in bytes
}

func (c *reviewReads) View(ctx context.Context, read func(assets.Snapshot) error) error {
	return c.Store.View(ctx, func(r assets.Snapshot) error { return read(countingReviews{r, c}) })
}

type countingReviews struct {
	assets.Snapshot
	reads *reviewReads
}

func (r countingReviews) ReviewsBefore(ctx context.Context, ws string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	r.reads.pages++
	if w.Before != (assets.ReviewPosition{}) && w.Bytes <= 0 {
		r.reads.unbounded++
	}
	return r.Snapshot.ReviewsBefore(ctx, ws, id, w)
}

// TestRequestedReads: nothing is looked for before version 1, or behind an approval, and a page
// has a limit in bytes.
func TestRequestedReads(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	reads := &reviewReads{Store: cfg.Store}
	cfg.Store = reads
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a := newAsking(t, lib)
	a.decide(stateAna, assets.ActionApprove, "")
	a.decide(stateAna, assets.ActionRequestChanges, "More.")
	a.decide(stateMaker, assets.ActionSubmit, "")
	cycles := func(n int) {
		for range n {
			a.decide(stateAna, assets.ActionRequestChanges, "More.")
			a.decide(stateMaker, assets.ActionSubmit, "")
		}
	}
	check := func(sel assets.Selector, want int) {
		t.Helper()
		reads.pages = 0
		if got := a.requested(sel); got != "" {
			t.Errorf("version %d: %q", sel, got)
		}
		if reads.pages != want || reads.unbounded > 0 {
			t.Errorf("version %d: %d pages of reviews were read, want %d; %d have no limit in bytes", sel, reads.pages, want, reads.unbounded)
		}
	}
	cycles(60)
	check(1, 2) // the reviews, and the decisions among them
	check(2, 5) // and a page that has the approval, and two for what is missing
	cycles(100)
	check(1, 2)
	check(2, 9)
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
