package assets_test

import (
	"errors"
	"io"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestLife is the whole life of an asset in Go, on every back end.
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

// published reads as a publisher does, each way there is.
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

func TestTEN02ActorWithoutWorkspace(t *testing.T) {
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
