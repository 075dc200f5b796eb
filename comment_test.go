package assets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestCommentDecidesNothing makes comments between the decisions on an asset. Each
// decision has the result that it has without them.
func TestCommentDecidesNothing(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		cfg.Approver = approval.Policy{Quorum: 2}
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
		if err != nil {
			t.Fatal(err)
		}
		comment := func() {
			t.Helper()
			for _, by := range []assets.Actor{fixture.Bot, fixture.Ann} {
				checkComment(t, lib, by, made.ID)
			}
		}
		for i, step := range []struct {
			by       string
			action   assets.Action
			err      error
			status   assets.Status
			revision int64 // added by the decision
		}{
			{"ann", assets.ActionSubmit, nil, assets.StatusPendingReview, 1},
			{"ann", assets.ActionRequestChanges, nil, assets.StatusDraft, 1},
			{"ann", assets.ActionRequestChanges, nil, assets.StatusDraft, 0}, // in effect
			{"bob", assets.ActionApprove, assets.ErrInvalidTransition, assets.StatusDraft, 0},
			{"ann", assets.ActionSubmit, nil, assets.StatusPendingReview, 1},
			{"ann", assets.ActionSubmit, nil, assets.StatusPendingReview, 0}, // in effect
			{"ann", assets.ActionApprove, nil, assets.StatusPendingReview, 1},
			{"ann", assets.ActionApprove, nil, assets.StatusPendingReview, 0}, // in effect
			{"bob", assets.ActionApprove, nil, assets.StatusApproved, 1},
			{"cem", assets.ActionApprove, nil, assets.StatusApproved, 0}, // in effect
			{"ann", assets.ActionArchive, nil, assets.StatusArchived, 1},
			{"ann", assets.ActionReopen, nil, assets.StatusDraft, 1},
			{"ann", assets.ActionReopen, nil, assets.StatusDraft, 0}, // in effect
		} {
			comment()
			before := get(t, lib, made.ID)
			_, err := lib.Review(t.Context(), assetstest.User("acme", step.by), made.ID, assets.Decision{Action: step.action, Version: 1, Comment: "why"})
			after := get(t, lib, made.ID)
			if !errors.Is(err, step.err) || after.Status != step.status || after.Revision != before.Revision+step.revision {
				t.Errorf("step %d, %s: %v, %s at revision %d; want %v, %s, %d more than %d",
					i, step.action, err, after.Status, after.Revision, step.err, step.status, step.revision, before.Revision)
			}
		}
		comment()
	})
}

func get(t *testing.T, lib *assets.Library, id assets.ID) *assets.Asset {
	t.Helper()
	a, err := lib.Get(t.Context(), fixture.Ann, id, assets.SelectCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// checkComment makes a comment and checks what it changes: the revision, and the reviews
// by one.
func checkComment(t *testing.T, lib *assets.Library, by assets.Actor, id assets.ID) {
	t.Helper()
	want := get(t, lib, id)
	made, err := lib.Comment(t.Context(), by, id, assets.NewComment{Version: 1, Text: " Is it agreed?\n"})
	if err != nil {
		t.Fatal(err)
	}
	got := get(t, lib, id)
	want.Revision, want.UpdatedAt = want.Revision+1, got.UpdatedAt
	if diff := cmp.Diff(assets.Review{
		ID: made.ID, AssetID: id, Version: 1, SHA256: want.Content.SHA256, Action: assets.ActionComment, FromStatus: want.Status, ToStatus: want.Status,
		Comment: " Is it agreed?\n", By: by.Subject, ByKind: by.Kind, Via: assets.ViaGo, At: got.UpdatedAt, Revision: want.Revision,
	}, made); diff != "" {
		t.Errorf("the comment (-want +got):\n%s", diff)
	}
	want.Reviews = append(want.Reviews, made)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the asset after a comment (-want +got):\n%s", diff)
	}
	page, err := lib.List(t.Context(), by, assets.Query{LastAction: got.LastReview.Action, IDs: []assets.ID{id}})
	if err != nil || len(page.Items) != 1 || page.Items[0].LastReview != got.LastReview {
		t.Errorf("listed by the last action %q: %+v, %v", got.LastReview.Action, page.Items, err)
	}
	if got.ApprovedVersion == 0 {
		return
	}
	published, err := lib.Get(t.Context(), by, id, assets.SelectApproved)
	if err != nil || published.LastReview.Action != assets.ActionApprove || published.Revision != got.Revision {
		t.Errorf("publishers get %+v, %v; want the approval as the last review", published, err)
	}
}

func TestCommentEvent(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := lib.Comment(t.Context(), fixture.Ann, made.ID, assets.NewComment{Version: 1, Text: "Is it agreed?"})
	if err != nil {
		t.Fatal(err)
	}
	page, err := lib.Events(t.Context(), fixture.Ann, assets.EventQuery{Types: []assets.EventType{assets.EventCommented}})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d events, %v", len(page.Items), err)
	}
	d := page.Items[0].Data
	if d.AssetID != made.ID || d.Version != 1 || d.SHA256 != made.Content.SHA256 || d.Comment != "Is it agreed?" ||
		d.ReviewID != assets.Optional(c.ID) || d.By != "ann" || *d.InForce != (assets.InForce{}) || d.Revision != 2 {
		t.Errorf("the event has %+v", d)
	}
}

func TestCommentRefused(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	reader := assetstest.User("acme", "rob")
	reader.Scopes = []assets.Scope{assets.ScopeRead}
	stranger := assetstest.User("another", "ann")
	for name, c := range map[string]struct {
		by   assets.Actor
		in   assets.NewComment
		want string
		loc  string
	}{
		"no scope":          {reader, assets.NewComment{Version: 1, Text: "x"}, "forbidden_scope", ""},
		"another workspace": {stranger, assets.NewComment{Version: 1, Text: "x"}, "not_found", ""},
		"unknown version":   {fixture.Ann, assets.NewComment{Version: 2, Text: "x"}, "not_found", ""},
		"no version":        {fixture.Ann, assets.NewComment{Text: "x"}, "validation_error", "version: name the version"},
		"negative version":  {fixture.Ann, assets.NewComment{Version: -1, Text: "x"}, "validation_error", "version: must be at least 1"},
		"no text":           {fixture.Ann, assets.NewComment{Version: 1}, "validation_error", "text: is required"},
		"blank":             {fixture.Ann, assets.NewComment{Version: 1, Text: " \n"}, "validation_error", "text: must not be blank"},
		"too long":          {fixture.Ann, assets.NewComment{Version: 1, Text: strings.Repeat("ä", 4001)}, "validation_error", "text: must be at most 4000"},
		"NUL":               {fixture.Ann, assets.NewComment{Version: 1, Text: "a\x00"}, "validation_error", "text: must be UTF-8 without NUL"},
	} {
		_, err := lib.Comment(t.Context(), c.by, made.ID, c.in)
		if assets.Code(err) != c.want || c.loc != "" && !strings.HasPrefix(err.Error(), c.loc) {
			t.Errorf("%s: %v, want %s %s", name, err, c.want, c.loc)
		}
	}
	_, err = lib.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{Action: assets.ActionComment, Version: 1, Comment: "x"})
	if fields := assets.FieldErrors(err); len(fields) != 1 || fields[0].Loc[0] != "action" {
		t.Errorf("a comment as a decision: %v", err)
	}
	if _, err := lib.List(t.Context(), fixture.Ann, assets.Query{LastAction: assets.ActionComment}); len(assets.FieldErrors(err)) != 1 {
		t.Errorf("listed by comment as the last action: %v", err)
	}
	if a := get(t, lib, made.ID); a.Revision != 1 || len(a.Reviews) != 0 {
		t.Errorf("a refused comment changed the asset: %+v", a)
	}
}
