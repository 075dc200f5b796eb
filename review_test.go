package assets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestReview makes decisions one after the other on one asset.
func TestReview(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		action   assets.Action
		comment  string
		status   assets.Status
		approved assets.Number
		revision int64
	}{
		{assets.ActionSubmit, "", assets.StatusPendingReview, 0, 2},
		{assets.ActionRequestChanges, "shorter", assets.StatusDraft, 0, 3},
		{assets.ActionSubmit, "", assets.StatusPendingReview, 0, 4},
		{assets.ActionApprove, "fine", assets.StatusApproved, 1, 5},
		{assets.ActionApprove, "", assets.StatusApproved, 1, 5}, // in effect already
		{assets.ActionArchive, "", assets.StatusArchived, 0, 6},
		{assets.ActionReopen, "", assets.StatusDraft, 0, 7},
	} {
		got, err := lib.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{
			Action: tt.action, Version: 1, SHA256: made.Content.SHA256, Comment: tt.comment,
		})
		if err != nil || got.Status != tt.status || got.ApprovedVersion != tt.approved || got.Revision != tt.revision {
			t.Fatalf("%s: %+v, %v; want %s, version %d approved, revision %d", tt.action, got, err, tt.status, tt.approved, tt.revision)
		}
	}
	whole, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil || len(whole.Reviews) != 6 {
		t.Fatalf("%d reviews, %v", len(whole.Reviews), err)
	}
	want := assets.Review{
		ID: whole.Reviews[1].ID, AssetID: made.ID, Version: 1, SHA256: made.Content.SHA256, Action: assets.ActionRequestChanges,
		FromStatus: assets.StatusPendingReview, ToStatus: assets.StatusDraft, Comment: "shorter",
		By: "ann", ByKind: assets.KindUser, Via: assets.ViaGo, At: whole.Reviews[1].At, Revision: 3,
	}
	if whole.Reviews[1] != want {
		t.Errorf("recorded %+v, want %+v", whole.Reviews[1], want)
	}
}

// TestSubmissionAndLastReview makes decisions under a quorum, and reads after each what
// waits and what was decided last, with the current version and with the first.
func TestSubmissionAndLastReview(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		at := fixture.NewClock()
		cfg.Now, cfg.Approver = at.Now, approval.Policy{Quorum: 2}
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, assets.NewAsset{
			Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Text: "first", IdempotencyKey: "k"},
		})
		if err != nil {
			t.Fatal(err)
		}
		start := made.CreatedAt
		for i, step := range []struct {
			by      string // "" adds a version
			action  assets.Action
			version assets.Number
			waits   assets.Submission // At is the number of the step
			first   assets.Submission // where version 1 is shown
		}{
			1: {"ann", assets.ActionApprove, 1, assets.Submission{Version: 1, At: 1, By: "ann"}, assets.Submission{}},
			2: {"", "", 2, assets.Submission{Version: 1, At: 1, By: "ann"}, assets.Submission{Version: 1, At: 1, By: "ann"}},
			3: {"ben", assets.ActionApprove, 2, assets.Submission{Version: 1, At: 1, By: "ann"}, assets.Submission{Version: 1, At: 1, By: "ann"}},
			4: {"cid", assets.ActionSubmit, 2, assets.Submission{Version: 2, At: 4, By: "cid"}, assets.Submission{}},
			5: {"cid", assets.ActionSubmit, 2, assets.Submission{Version: 2, At: 4, By: "cid"}, assets.Submission{}}, // in effect
			6: {"ann", assets.ActionApprove, 2, assets.Submission{}, assets.Submission{}},
			7: {"ben", assets.ActionArchive, 2, assets.Submission{}, assets.Submission{}},
		} {
			if i == 0 {
				continue
			}
			at.Advance(time.Millisecond)
			var got *assets.Asset
			if step.by == "" {
				w, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{Text: "second"})
				if err != nil {
					t.Fatal(err)
				}
				got = w.Asset
			} else if got, err = lib.Review(t.Context(), assetstest.User("acme", step.by), made.ID, assets.Decision{Action: step.action, Version: step.version, Comment: step.by}); err != nil {
				t.Fatal(err)
			}
			waits := step.waits
			if waits.At > 0 {
				waits.At += start
			}
			whole, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			newest := func(n assets.Number) (last assets.LastReview) {
				for _, r := range whole.Reviews {
					if n == 0 || r.Version == n {
						last = assets.LastReview{Action: r.Action, Version: r.Version, By: r.By, ByKind: r.ByKind, At: r.At, Comment: r.Comment}
					}
				}
				return last
			}
			for name, a := range map[string]*assets.Asset{"result": got, "Get": whole} {
				if a.Submitted != waits || a.LastReview != newest(0) {
					t.Errorf("step %d, %s: %+v and %+v, want %+v and %+v", i, name, a.Submitted, a.LastReview, waits, newest(0))
				}
			}
			again, err := lib.Create(t.Context(), fixture.Bot, assets.NewAsset{
				Type: assets.TypeCopy, Title: "headline", NewVersion: assets.NewVersion{Text: "first", IdempotencyKey: "k"},
			})
			if err != nil {
				t.Fatal(err)
			}
			first, last := step.first, newest(1)
			if i == 1 { // version 1 is current
				first, last = waits, newest(0)
			} else if first.At > 0 {
				first.At += start
			}
			if again.Submitted != first || again.LastReview != last || again.Version != 1 {
				t.Errorf("step %d, version %d again: %+v and %+v, want %+v and %+v", i, again.Version, again.Submitted, again.LastReview, first, last)
			}
		}
	})
}

// TestReviewRefused: a refused decision changes nothing.
func TestReviewRefused(t *testing.T) {
	t.Parallel()
	reader := fixture.Ann
	reader.Scopes = []assets.Scope{assets.ScopeRead}
	writer := fixture.Ann
	writer.Scopes = []assets.Scope{assets.ScopeWrite}
	for _, tt := range []struct {
		name   string
		by     assets.Actor
		policy approval.Policy
		d      assets.Decision
		want   error
	}{
		{"older version APR01", fixture.Ann, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 1}, assets.ErrVersionConflict},
		{"version that does not exist", fixture.Ann, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 3}, assets.ErrVersionConflict},
		{"other digest", fixture.Ann, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 2, SHA256: fixture.SHA256("x")}, assets.ErrVersionConflict},
		{"other revision", fixture.Ann, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 2, IfRevision: []int64{1}}, assets.ErrPreconditionFailed},
		{"status does not allow it", fixture.Ann, approval.Policy{RequireSubmit: true}, assets.Decision{Action: assets.ActionApprove, Version: 2}, assets.ErrInvalidTransition},
		{"agent AUTH05", fixture.Bot, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 2}, assets.ErrKindCannotApprove},
		{"without the scope AUTH06", writer, approval.Policy{}, assets.Decision{Action: assets.ActionApprove, Version: 2}, assets.ErrForbiddenScope},
		{"reader", reader, approval.Policy{}, assets.Decision{Action: assets.ActionSubmit}, assets.ErrForbiddenScope},
		{"creator under four eyes", assetstest.User("acme", "copywriter"), approval.Policy{ForbidSelfApproval: true}, assets.Decision{Action: assets.ActionApprove, Version: 2}, assets.ErrSelfApproval},
		{"no actor TEN02", assets.Actor{}, approval.Policy{}, assets.Decision{Action: assets.ActionSubmit}, assets.ErrUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := assetstest.Config()
			cfg.Approver = tt.policy
			lib := backends.Library(t, cfg)
			made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{Text: "second"}); err != nil {
				t.Fatal(err)
			}
			if got, err := lib.Review(t.Context(), tt.by, made.ID, tt.d); !errors.Is(err, tt.want) || got != nil {
				t.Errorf("Review = %+v, %v; want %v", got, err, tt.want)
			}
			a, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
			if err != nil || a.Revision != 2 || len(a.Reviews) != 0 {
				t.Errorf("revision %d, %d reviews, %v", a.Revision, len(a.Reviews), err)
			}
		})
	}
}

// TestReviewURL: an agent that may not approve is told that a person has to, and
// where, whatever its scopes are: it must not ask for a larger credential.
func TestReviewURL(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.ReviewURL = func(id assets.ID) string { return "https://app.example/review/" + string(id) }
	cfg.Approver = approval.Policy{RequireVersion: true}
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []assets.Scope{assets.ScopeRead, assets.ScopeWrite, assets.ScopeApprove, assets.ScopeAll} {
		by := fixture.Bot
		by.Scopes = []assets.Scope{scope}
		_, one := lib.Review(t.Context(), by, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
		_, several := lib.BulkReview(t.Context(), by, assets.BulkDecision{
			Action: assets.ActionApprove, Items: []assets.BulkItem{{AssetID: made.ID, Version: 1}},
		})
		for want, err := range map[string]error{"https://app.example/review/" + string(made.ID): one, "https://app.example/review/": several} {
			refused, ok := errors.AsType[*assets.Error](err)
			if !ok || !errors.Is(err, assets.ErrKindCannotApprove) || refused.ReviewURL != want || !strings.Contains(refused.Detail, "a person has to") {
				t.Errorf("with %s: %+v, want %s", scope, err, want)
			}
		}
	}
	reader := fixture.Bot
	reader.Scopes = []assets.Scope{assets.ScopeRead}
	if _, err := lib.Review(t.Context(), reader, made.ID, assets.Decision{Action: assets.ActionApprove}); assets.Code(err) != "validation_error" {
		t.Errorf("without the version that is required: %v", err)
	}
}

// TestRefusalsNameWhatIsNeeded: the text of a refusal names the scope of the action
// and, if no scope would suffice, that a person has to decide.
func TestRefusalsNameWhatIsNeeded(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.ReviewURL = func(id assets.ID) string { return "https://app.example/review/" + string(id) }
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("hello"))
	if err == nil {
		_, err = lib.Review(t.Context(), fixture.Ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	as := func(by assets.Actor, s assets.Scope) assets.Actor { by.Scopes = []assets.Scope{s}; return by }
	title := "another"
	const operator = "the operator can issue"
	for _, tt := range []struct {
		by     assets.Actor
		action assets.Action // empty: an edit
		code   string
		texts  []string
	}{
		{as(fixture.Ann, assets.ScopeRead), assets.ActionSubmit, "forbidden_scope", []string{"assets:write", operator}},
		{as(fixture.Ann, assets.ScopeRead), assets.ActionApprove, "forbidden_scope", []string{"assets:approve", operator}},
		{as(fixture.Ann, assets.ScopeWrite), assets.ActionRequestChanges, "forbidden_scope", []string{"assets:approve", operator}},
		{as(fixture.Ann, assets.ScopeWrite), assets.ActionArchive, "forbidden_scope", []string{"a version is approved", "assets:approve", operator}},
		{as(fixture.Bot, assets.ScopeWrite), assets.ActionArchive, "forbidden_scope", []string{"assets:approve", "a person has to"}},
		{as(fixture.Bot, assets.ScopeAll), assets.ActionArchive, "agent_cannot_approve", []string{"a person has to"}},
		{as(fixture.Ann, assets.ScopeWrite), "", "forbidden_scope", []string{"version 1 is approved", "assets:approve", operator}},
		{as(fixture.Bot, assets.ScopeWrite), "", "forbidden_scope", []string{"assets:approve", "a person has to"}},
		{as(fixture.Bot, assets.ScopeAll), "", "agent_cannot_approve", []string{"a person has to"}},
	} {
		var err error
		if tt.action == "" {
			_, err = lib.Edit(t.Context(), tt.by, made.ID, assets.Edit{Title: &title})
		} else {
			_, err = lib.Review(t.Context(), tt.by, made.ID, assets.Decision{Action: tt.action, Comment: "no"})
		}
		for _, text := range tt.texts {
			if assets.Code(err) != tt.code || !strings.Contains(assets.Detail(err), text) {
				t.Errorf("%s with %v, %q: %v (%s), want %s with %q", tt.by.Kind, tt.by.Scopes, tt.action, err, assets.Code(err), tt.code, text)
			}
		}
		where := ""
		if tt.by.Kind == assets.KindAgent {
			where = cfg.ReviewURL(made.ID)
		}
		if refused, ok := errors.AsType[*assets.Error](err); !ok || refused.ReviewURL != where {
			t.Errorf("%s with %v, %q: %+v, want the URL %q", tt.by.Kind, tt.by.Scopes, tt.action, err, where)
		}
	}
}

// TestBulkReview: each item is accepted or refused by itself, and the results are
// in the order of the items.
func TestBulkReview(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		var ids []assets.ID
		for _, text := range []string{"first", "second", "third"} {
			made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(text))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, made.ID)
		}
		foreign, err := lib.Create(t.Context(), assetstest.User("other", "ann"), fixture.Copy("foreign"))
		if err != nil {
			t.Fatal(err)
		}
		results, err := lib.BulkReview(t.Context(), fixture.Ann, assets.BulkDecision{Action: assets.ActionApprove, Comment: "all fine", Items: []assets.BulkItem{
			{AssetID: ids[2], Version: 1},
			{AssetID: ids[0], Version: 2},
			{AssetID: foreign.ID, Version: 1},
			{AssetID: ids[1], Version: 1, SHA256: fixture.SHA256("second")},
		}})
		if err != nil || len(results) != 4 {
			t.Fatalf("%+v, %v", results, err)
		}
		for i, want := range []struct {
			id   assets.ID
			code string
		}{{ids[2], ""}, {ids[0], "version_conflict"}, {foreign.ID, "not_found"}, {ids[1], ""}} {
			r := results[i]
			if r.AssetID != want.id || assets.Code(r.Err) != want.code || (r.Asset == nil) != (r.Err != nil) {
				t.Errorf("item %d: %+v, want %s %q", i, r, want.id, want.code)
			}
			if r.Asset != nil && (r.Asset.Status != assets.StatusApproved || r.Asset.ApprovedVersion != 1) {
				t.Errorf("item %d is %s", i, r.Asset.Status)
			}
		}
	})
}

// TestBulkReviewIfRevision: an item whose asset has changed since is refused, the others
// are not. Without the condition, the approval would be withdrawn.
func TestBulkReviewIfRevision(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	var items []assets.BulkItem
	for _, text := range []string{"first", "second"} {
		in := fixture.Copy(text)
		in.Submit = true
		made, err := lib.Create(t.Context(), fixture.Bot, in)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, assets.BulkItem{AssetID: made.ID, Version: 1, IfRevision: []int64{made.Revision}})
	}
	if _, err := lib.Review(t.Context(), fixture.Ann, items[0].AssetID, assets.Decision{Action: assets.ActionApprove, Version: 1}); err != nil {
		t.Fatal(err)
	}
	results, err := lib.BulkReview(t.Context(), fixture.Ann, assets.BulkDecision{Action: assets.ActionRequestChanges, Comment: "Shorter.", Items: items})
	if err != nil || !errors.Is(results[0].Err, assets.ErrPreconditionFailed) || results[1].Err != nil {
		t.Fatalf("%+v, %v", results, err)
	}
	if a, err := lib.Get(t.Context(), fixture.Ann, items[0].AssetID, assets.SelectCurrent); err != nil || a.ApprovedVersion != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestCheckAction: what no asset would allow is refused without one.
func TestCheckAction(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	reader := fixture.Ann
	reader.Scopes = []assets.Scope{assets.ScopeRead}
	for _, c := range []struct {
		by     assets.Actor
		action assets.Action
		want   string
	}{
		{fixture.Ann, assets.ActionApprove, ""},
		{fixture.Ann, assets.ActionRequestChanges, ""},
		{fixture.Bot, assets.ActionApprove, "agent_cannot_approve"},
		{reader, assets.ActionApprove, "forbidden_scope"},
		{reader, assets.ActionRequestChanges, "forbidden_scope"},
		{assets.Actor{}, assets.ActionApprove, "unauthorized"},
	} {
		if code := assets.Code(lib.CheckAction(c.by, c.action)); code != c.want {
			t.Errorf("%s, %s: %q, want %q", c.by.Subject, c.action, code, c.want)
		}
	}
}

func TestBulkReviewProblems(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	many := make([]assets.BulkItem, assets.MaxBulkItems+1)
	item := assets.BulkItem{AssetID: fixture.AbsentID, Version: 1}
	for _, tt := range []struct {
		in   assets.BulkDecision
		want string // path of the only problem
	}{
		{assets.BulkDecision{Action: assets.ActionSubmit}, "items"},
		{assets.BulkDecision{Action: assets.ActionSubmit, Items: many}, "items"},
		{assets.BulkDecision{Action: assets.ActionSubmit, Items: []assets.BulkItem{item, item}}, "items.1.asset_id"},
		{assets.BulkDecision{Items: []assets.BulkItem{item}}, "action"},
		{assets.BulkDecision{Action: assets.ActionRequestChanges, Items: []assets.BulkItem{item}}, "comment"},
	} {
		_, err := lib.BulkReview(t.Context(), fixture.Ann, tt.in)
		if got := fixture.FieldPaths(err); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%d items: %v, want a problem at %s", len(tt.in.Items), err, tt.want)
		}
	}
}
