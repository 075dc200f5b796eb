package assets_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestLife takes an asset through its whole life, on every back end.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, b := range append(backends.All(), backends.FullSync()) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			live(t, backends.Library(t, b.Config(t)))
		})
	}
}

func live(t *testing.T, lib *assets.Library) {
	ctx := t.Context()
	in := fixture.Copy("Buy now")
	in.Provenance = assets.Provenance{AgentSlug: "copywriter", RunID: "run-1"}
	in.Submit = true
	made, err := lib.Create(ctx, fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(a *assets.Asset, status assets.Status, version, approved assets.Number, revision int64) {
		t.Helper()
		if a.Status != status || a.Version != version || a.ApprovedVersion != approved || a.Revision != revision {
			t.Fatalf("%s, version %d, approved %d, revision %d; want %s, %d, %d, %d",
				a.Status, a.Version, a.ApprovedVersion, a.Revision, status, version, approved, revision)
		}
	}
	expect(made.Asset, assets.StatusPendingReview, 1, 0, 1)
	if _, err := lib.Review(ctx, fixture.Bot, made.ID, assets.Decision{Action: assets.ActionApprove}); !errors.Is(err, assets.ErrKindCannotApprove) {
		t.Fatalf("an agent approves: %v", err)
	}
	expect(fixture.Review(t, lib, made.ID, assets.ActionApprove), assets.StatusApproved, 1, 1, 2)
	expect(fixture.Review(t, lib, made.ID, assets.ActionApprove), assets.StatusApproved, 1, 1, 2) // in effect

	next, err := lib.AddVersion(ctx, fixture.Bot, made.ID, assets.NewVersion{Text: "Buy today"})
	if err != nil {
		t.Fatal(err)
	}
	expect(next.Asset, assets.StatusDraft, 2, 1, 3)
	again, err := lib.AddVersion(ctx, fixture.Bot, made.ID, assets.NewVersion{Text: "Buy today"})
	if err != nil || !again.Unchanged {
		t.Fatalf("the same again: %+v, %v", again, err)
	}
	published(t, lib, made.ID, "Buy now")

	rolled, err := lib.Rollback(ctx, fixture.Ann, made.ID, assets.Rollback{Version: 1, Reason: "better"})
	if err != nil {
		t.Fatal(err)
	}
	expect(rolled, assets.StatusApproved, 3, 3, 4)
	published(t, lib, made.ID, "Buy now")

	whole, err := lib.Get(ctx, fixture.Ann, made.ID, assets.SelectCurrent)
	if err != nil || len(whole.Versions) != 3 || len(whole.Reviews) != 3 || whole.Reviews[2].CarriedFrom != 1 {
		t.Fatalf("%+v, %v", whole, err)
	}
	if err := lib.Delete(ctx, fixture.Ann, made.ID, nil); !errors.Is(err, assets.ErrNotDraft) {
		t.Errorf("deleting an approved asset: %v", err)
	}
	expect(fixture.Review(t, lib, made.ID, assets.ActionArchive), assets.StatusArchived, 3, 0, 5)
	if _, err := lib.Approved(ctx, fixture.Ann, made.ID); !errors.Is(err, assets.ErrNotApproved) {
		t.Errorf("archived and approved: %v", err)
	}
	expect(fixture.Review(t, lib, made.ID, assets.ActionReopen), assets.StatusDraft, 3, 0, 6)
}

// published reads what is approved, with every method that does.
func published(t *testing.T, lib *assets.Library, id assets.ID, want string) {
	t.Helper()
	ctx := t.Context()
	listed, err := lib.List(ctx, fixture.Ann, assets.Query{Statuses: []assets.Status{assets.StatusApproved}})
	if err != nil || len(listed.Items) != 1 {
		t.Fatalf("%d approved assets, %v", len(listed.Items), err)
	}
	several, err := lib.Approved(ctx, fixture.Ann, id)
	if err != nil {
		t.Fatal(err)
	}
	f, err := lib.Open(ctx, fixture.Ann, id, assets.SelectApproved)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil || string(got) != want {
		t.Errorf("published %q, %v; want %q", got, err, want)
	}
	for _, a := range []*assets.Asset{listed.Items[0], several[0], f.Asset} {
		if a.Content != f.Version.Content || a.Version != f.Version.Number || a.Status != assets.StatusApproved {
			t.Errorf("%s version %d %v, the file is version %d %v", a.Status, a.Version, a.Content, f.Version.Number, f.Version.Content)
		}
	}
}

func TestIncompleteActorTEN02(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	for _, by := range []assets.Actor{
		{},
		assetstest.User("", "ann"),
		assetstest.User("acme", ""),
		{Workspace: "acme", Subject: "ann", Scopes: []assets.Scope{assets.ScopeAll}},
		{Workspace: "acme", Subject: "ann", Kind: "robot", Scopes: []assets.Scope{assets.ScopeAll}},
		assetstest.User("ac\x00me", "ann"),
	} {
		if _, err := lib.List(t.Context(), by, assets.Query{}); !errors.Is(err, assets.ErrUnauthorized) {
			t.Errorf("%+v: %v", by, err)
		}
	}
}

func TestActorCan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scopes               []assets.Scope
		read, write, approve bool
	}{
		{nil, false, false, false},
		{[]assets.Scope{assets.ScopeRead}, true, false, false},
		{[]assets.Scope{assets.ScopeWrite, assets.ScopeApprove}, false, true, true},
		{[]assets.Scope{assets.ScopeAll}, true, true, true},
		{[]assets.Scope{"assets:*", "ASSETS:READ", ""}, false, false, false},
	} {
		by := assets.Actor{Scopes: tt.scopes}
		if by.Can(assets.ScopeRead) != tt.read || by.Can(assets.ScopeWrite) != tt.write || by.Can(assets.ScopeApprove) != tt.approve {
			t.Errorf("%q: read %t, write %t, approve %t", tt.scopes, by.Can(assets.ScopeRead), by.Can(assets.ScopeWrite), by.Can(assets.ScopeApprove))
		}
	}
}

// TestWith: a bound Library uses the other store; the Library itself does not.
func TestWith(t *testing.T) {
	t.Parallel()
	cfg, other := assetstest.Config(), assetstest.Config()
	lib := backends.Library(t, cfg)
	bound := lib.With(other.Store)
	made, err := bound.Create(t.Context(), fixture.Ann, fixture.Copy("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bound.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent); err != nil {
		t.Errorf("the bound library: %v", err)
	}
	if _, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("the library itself: %v", err)
	}
	if n := len(fixture.Objects(t, cfg.Blobs)); n != 1 {
		t.Errorf("%d objects in the bucket that both use", n)
	}
}

// TestSign: a text verifies with its purpose and bound values, as long as its key
// is among the signing keys.
func TestSign(t *testing.T) {
	t.Parallel()
	library := func(keys ...string) *assets.Library {
		cfg := assetstest.Config()
		cfg.SigningKeys = nil
		for _, key := range keys {
			cfg.SigningKeys = append(cfg.SigningKeys, []byte(strings.Repeat(key, 32)))
		}
		return backends.Library(t, cfg)
	}
	bound := [][]byte{[]byte("acme"), []byte("e1")}
	text := library("a").Sign("test", bound, []byte("payload"))
	for _, tt := range []struct {
		name    string
		lib     *assets.Library
		purpose string
		bound   [][]byte
		text    string
		ok      bool
	}{
		{"the same", library("a"), "test", bound, text, true},
		{"newer key PRV03", library("b", "a"), "test", bound, text, true},
		{"removed key PRV03", library("b"), "test", bound, text, false},
		{"other purpose PRV01", library("a"), "other", bound, text, false},
		{"other workspace TEN05", library("a"), "test", [][]byte{[]byte("acm"), []byte("e1")}, text, false},
		{"moved boundary", library("a"), "test", [][]byte{[]byte("acmee"), []byte("1")}, text, false},
		{"nothing bound", library("a"), "test", nil, text, false},
		{"cut", library("a"), "test", bound, text[1:], false},
		{"longer", library("a"), "test", bound, text + "A", false},
		{"empty", library("a"), "test", bound, "", false},
	} {
		got, err := tt.lib.Verify(tt.purpose, tt.bound, tt.text)
		if (err == nil) != tt.ok || tt.ok && string(got) != "payload" {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
}

// TestEdit patches title, campaign and tags one after the other.
func TestEdit(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	in := fixture.Copy("hello")
	in.Tags = assets.Tags{"channel": {"web"}, "lang": {"en"}}
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	spring, none := assets.Optional("spring"), assets.Optional("")
	for _, tt := range []struct {
		name     string
		edit     assets.Edit
		title    string
		campaign assets.Optional
		tags     assets.Tags
		revision int64
	}{
		{"title", assets.Edit{Title: new("Summer sale")}, "Summer sale", "", assets.Tags{"channel": {"web"}, "lang": {"en"}}, 2},
		{"campaign", assets.Edit{CampaignID: &spring, IfRevision: []int64{2}}, "Summer sale", "spring", assets.Tags{"channel": {"web"}, "lang": {"en"}}, 3},
		{"nothing new", assets.Edit{Title: new("Summer sale"), CampaignID: &spring}, "Summer sale", "spring", assets.Tags{"channel": {"web"}, "lang": {"en"}}, 3},
		{"no campaign", assets.Edit{CampaignID: &none}, "Summer sale", "", assets.Tags{"channel": {"web"}, "lang": {"en"}}, 4},
		{"tags by key", assets.Edit{Tags: assets.Tags{"channel": {"mail", "app"}, "lang": {}}}, "Summer sale", "", assets.Tags{"channel": {"app", "mail"}}, 5},
		{"all tags", assets.Edit{ClearTags: true, Tags: assets.Tags{"x": {"y"}}}, "Summer sale", "", assets.Tags{"x": {"y"}}, 6},
	} {
		got, err := lib.Edit(t.Context(), fixture.Ann, made.ID, tt.edit)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.Title != tt.title || got.CampaignID != tt.campaign || got.Revision != tt.revision || cmp.Diff(tt.tags, got.Tags) != "" {
			t.Errorf("%s: %q, campaign %q, tags %v, revision %d", tt.name, got.Title, got.CampaignID, got.Tags, got.Revision)
		}
	}
	if _, err := lib.Edit(t.Context(), fixture.Ann, made.ID, assets.Edit{ClearTags: true, IfRevision: []int64{5}}); !errors.Is(err, assets.ErrPreconditionFailed) {
		t.Errorf("an older revision: %v", err)
	}
}

// TestEditApprovedAPR13: while a version is approved, an edit needs what an approval
// needs, and shows in the approved perspective.
func TestEditApprovedAPR13(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	in := fixture.Copy("hello")
	in.Submit = true
	made, err := lib.Create(t.Context(), fixture.Bot, in)
	if err != nil {
		t.Fatal(err)
	}
	fixture.Review(t, lib, made.ID, assets.ActionApprove)
	writer := fixture.Ann
	writer.Scopes = []assets.Scope{assets.ScopeWrite}
	for _, tt := range []struct {
		by   assets.Actor
		want error
	}{{writer, assets.ErrForbiddenScope}, {fixture.Bot, assets.ErrKindCannotApprove}, {fixture.Ann, nil}} {
		if _, err := lib.Edit(t.Context(), tt.by, made.ID, assets.Edit{Title: new("Summer sale")}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.by.Subject, err, tt.want)
		}
	}
	shown, err := lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectApproved)
	if err != nil || shown.Title != "Summer sale" {
		t.Errorf("approved: %+v, %v", shown, err)
	}
}

// TestGetByNumber: an asset is shown with any of its versions, and its status is that of
// the version shown.
func TestGetByNumber(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("first"))
		if err != nil {
			t.Fatal(err)
		}
		get := func(sel assets.Selector, number assets.Number, status assets.Status) {
			t.Helper()
			a, err := lib.Get(t.Context(), fixture.Ann, made.ID, sel)
			if err != nil {
				t.Fatal(err)
			}
			if a.Version != number || a.Status != status || a.Content.SHA256 != a.Versions[number-1].Content.SHA256 {
				t.Errorf("%s: version %d (%s) is %s, want version %d, %s", sel, a.Version, a.Content.SHA256, a.Status, number, status)
			}
			if want := fmt.Sprintf("/%s/preview?version=%d", made.ID, number); !strings.HasSuffix(a.PreviewURL, want) {
				t.Errorf("%s: preview_url %s", sel, a.PreviewURL)
			}
		}
		fixture.Review(t, lib, made.ID, assets.ActionSubmit)
		fixture.Review(t, lib, made.ID, assets.ActionApprove)
		for _, text := range []string{"second", "third"} {
			if _, err := lib.AddVersion(t.Context(), fixture.Bot, made.ID, assets.NewVersion{Text: text, Submit: true}); err != nil {
				t.Fatal(err)
			}
		}
		get(1, 1, assets.StatusApproved)
		get(2, 2, assets.StatusDraft)
		get(3, 3, assets.StatusPendingReview)
		fixture.Review(t, lib, made.ID, assets.ActionArchive)
		get(1, 1, assets.StatusArchived)
		get(3, 3, assets.StatusArchived)
		if _, err := lib.Get(t.Context(), fixture.Ann, made.ID, 4); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("a version that does not exist: %v", err)
		}
	})
}

// TestDelete: only a draft that was never approved can be deleted.
func TestDelete(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	for _, tt := range []struct {
		name       string
		actions    []assets.Action
		ifRevision []int64
		want       error
	}{
		{"draft", nil, nil, nil},
		{"draft of that revision", nil, []int64{3, 1}, nil},
		{"draft of another revision", nil, []int64{3}, assets.ErrPreconditionFailed},
		{"submitted", []assets.Action{assets.ActionSubmit}, nil, assets.ErrNotDraft},
		{"once approved", []assets.Action{assets.ActionSubmit, assets.ActionApprove, assets.ActionArchive, assets.ActionReopen}, nil, assets.ErrNotDraft},
		{"archived", []assets.Action{assets.ActionArchive}, nil, assets.ErrNotDraft},
	} {
		made, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy(tt.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range tt.actions {
			fixture.Review(t, lib, made.ID, action)
		}
		if err := lib.Delete(t.Context(), fixture.Ann, made.ID, tt.ifRevision); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		_, err = lib.Get(t.Context(), fixture.Ann, made.ID, assets.SelectCurrent)
		if gone := errors.Is(err, assets.ErrNotFound); gone != (tt.want == nil) {
			t.Errorf("%s: afterwards %v", tt.name, err)
		}
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Limits.WorkMemory, cfg.Limits.WorkWait = 1000, time.Millisecond
	lib := backends.Library(t, cfg)
	if _, err := lib.Admit(t.Context(), 1001); !errors.Is(err, assets.ErrOverBudget) {
		t.Errorf("over the budget: %v", err)
	}
	release, err := lib.Admit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	bound := lib.With(lib.Store())
	if _, err := bound.Admit(t.Context(), 1); !errors.Is(err, assets.ErrUnavailable) || assets.Detail(err) != "the server is busy; try again" {
		t.Errorf("beside it, bound to a store: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lib.Admit(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled context: %v", err)
	}
	release()
	release()
	release, err = bound.Admit(t.Context(), 1000)
	if err != nil {
		t.Errorf("afterwards: %v", err)
	}
	release()
}

// TestAdmitResult: what work has made stays reserved until it is sent, if it is sent to a
// client and not small.
func TestAdmitResultHOS05(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Limits.WorkMemory, cfg.Limits.WorkWait = 8<<20, time.Millisecond
	lib := backends.Library(t, cfg)
	for name, tt := range map[string]struct{ result, kept, sending int64 }{
		"large":           {2 << 20, 1 << 20, 1 << 20},
		"small":           {256 << 10, 256 << 10, 0},
		"small after all": {2 << 20, 256 << 10, 0},
		"none after all":  {2 << 20, 0, 0},
		"all of the work": {2 << 20, 6 << 20, 6 << 20},
		"more than that":  {2 << 20, 1 << 30, 6 << 20},
	} {
		sending, sent := assets.Sending(t.Context(), 2, nil)
		for _, ctx := range []context.Context{sending, t.Context()} {
			check := func(when string, want int64) {
				t.Helper()
				if got := lib.Stats().Work.Reserved; got != want {
					t.Errorf("%s, %s: %d bytes are reserved, want %d", name, when, got, want)
				}
			}
			finish, err := lib.AdmitResult(ctx, 6<<20, tt.result)
			if err != nil {
				t.Fatal(err)
			}
			check("while it is made", 6<<20)
			finish(tt.kept)
			finish(0)
			if ctx == sending {
				check("until it is sent", tt.sending)
				sent()
			}
			check("afterwards", 0)
		}
	}
	if _, err := lib.AdmitResult(t.Context(), 9<<20, 1<<20); !errors.Is(err, assets.ErrOverBudget) {
		t.Errorf("over the budget: %v", err)
	}
	ctx, sent := assets.Sending(t.Context(), 1, nil)
	finish, err := lib.AdmitResult(ctx, 2<<20, 2<<20)
	if err != nil {
		t.Fatal(err)
	}
	finish(2 << 20)
	if _, err := lib.AdmitResult(ctx, 1<<20, 1<<20); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("beyond a quarter: %v", err)
	}
	sent()
	if finish, err = lib.AdmitResult(ctx, 1<<20, 1<<20); err != nil {
		t.Errorf("afterwards: %v", err)
	} else {
		finish(0)
	}
}

func TestLimitsOfWork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		memory, image         int64 // as configured
		wantMemory, wantImage int64
	}{
		{0, 0, 128 << 20, 128 << 20},
		{1 << 20, 0, 1 << 20, 1 << 20},
		{0, 1 << 20, 128 << 20, 1 << 20},
		{1 << 20, 2 << 20, 1 << 20, 1 << 20},
	} {
		cfg := assetstest.Config()
		cfg.Limits.WorkMemory, cfg.Limits.RenditionMemory = tt.memory, tt.image
		if got := backends.Library(t, cfg).Limits(); got.WorkMemory != tt.wantMemory || got.RenditionMemory != tt.wantImage || got.WorkWait != 10*time.Second {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
	cfg := assetstest.Config()
	cfg.Limits.WorkWait = -1
	if _, err := assets.New(cfg); err == nil {
		t.Error("a negative limit was accepted")
	}
}
