package assets_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// ann has every scope in the workspace of most fixtures.
var ann = fixture.User("ann")

// erasable makes an asset of which versions 1 and 3 share a content, and 3 is in force.
func erasable(t *testing.T, lib *assets.Library) assets.ID {
	t.Helper()
	in := fixture.Copy("an unmistakable secret")
	in.Provenance = assets.Provenance{
		AgentSlug: "writer", Parameters: []byte(`{"prompt":"secretprompt"}`), Inputs: []assets.Input{{Kind: "brief", ID: "secretbrief"}},
	}
	made, err := lib.Create(t.Context(), ann, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return fixture.Decide(t, lib, "bob", made.ID, assets.ActionApprove, 1) },
		func() error { return fixture.AddVersion(t, lib, made.ID, "harmless words") },
		func() error {
			_, err := lib.Rollback(t.Context(), ann, made.ID, assets.Rollback{Version: 1})
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if a := fixture.Get(t, lib, made.ID); a.ApprovedVersion != 3 || a.Versions[0].Approval != assets.ApprovalGiven {
		t.Fatalf("version %d is in force", a.ApprovedVersion)
	}
	return made.ID
}

// TestErase erases a content that two versions share.
func TestErase(t *testing.T) {
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		id := erasable(t, lib)
		before := fixture.Get(t, lib, id)
		link, err := lib.PreviewURL(t.Context(), ann, id, assets.PreviewOptions{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := lib.Erase(t.Context(), ann, id, 1, " a request ")
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != assets.StatusDraft || a.ApprovedVersion != 0 || a.Revision != before.Revision+1 || a.ErasedAt == 0 {
			t.Errorf("the asset is %s, version %d is in force, revision %d, erased at %s", a.Status, a.ApprovedVersion, a.Revision, a.ErasedAt)
		}
		after := fixture.Get(t, lib, id)
		if len(after.Reviews) != len(before.Reviews) {
			t.Errorf("%d reviews, before %d", len(after.Reviews), len(before.Reviews))
		}
		for i, v := range after.Versions {
			erased := i != 1
			if (v.ErasedAt != 0) != erased || v.Content != before.Versions[i].Content {
				t.Errorf("version %d: erased at %s, content %+v", v.Number, v.ErasedAt, v.Content)
			}
			whole, err := lib.Version(t.Context(), ann, id, assets.Selector(v.Number))
			if err != nil || erased && (whole.Approval != assets.ApprovalWithdrawn || len(whole.Provenance.Parameters)+len(whole.Provenance.Inputs) > 0 || whole.Provenance.AgentSlug != "writer") {
				t.Errorf("version %d: %+v, %v", v.Number, whole, err)
			}
		}
		journal := fixture.JournalOf(t, cfg, id)
		last := journal[len(journal)-1]
		if last.Type != assets.EventErased || last.Data.Version != 1 || last.Data.Comment != " a request " || string(last.Details) != `{"versions":[1,3],"reason":" a request "}` ||
			*last.Data.InForce != (assets.InForce{Before: 3}) || last.Data.SHA256 != before.Versions[0].Content.SHA256 {
			t.Errorf("the event: %+v %s", last, last.Details)
		}
		gone(t, lib, id, fixture.Token(link.URL))
		if objects := fixture.Objects(t, cfg.Blobs); len(objects) > 1 {
			t.Errorf("objects: %v", objects)
		}
		again, err := lib.Erase(t.Context(), ann, id, 3, "again")
		if err != nil || again.Revision != a.Revision {
			t.Errorf("again: %+v, %v", again, err)
		}
		if text := fixture.Read(t, lib, id, 2); text != "harmless words" {
			t.Errorf("the other version: %q", text)
		}
	})
}

// gone checks that nothing shows or approves the content of versions 1 and 3.
func gone(t *testing.T, lib *assets.Library, id assets.ID, token string) {
	t.Helper()
	by, one := ann, assets.Selector(1)
	for name, call := range map[string]func() error{
		"Open":          func() error { _, err := lib.Open(t.Context(), by, id, 1); return err },
		"Open current":  func() error { _, err := lib.Open(t.Context(), by, id, assets.SelectCurrent); return err },
		"OpenRendition": func() error { _, err := lib.OpenRendition(t.Context(), by, id, 3, 160); return err },
		"PreviewURL": func() error {
			_, err := lib.PreviewURL(t.Context(), by, id, assets.PreviewOptions{Version: 3})
			return err
		},
		"OpenPreview":      func() error { _, err := lib.OpenPreview(t.Context(), token); return err },
		"Diff":             func() error { _, err := lib.Diff(t.Context(), by, id, assets.DiffQuery{To: 2, From: &one}); return err },
		"Diff to":          func() error { _, err := lib.Diff(t.Context(), by, id, assets.DiffQuery{To: 3}); return err },
		"Rollback":         func() error { _, err := lib.Rollback(t.Context(), by, id, assets.Rollback{Version: 1}); return err },
		"approve":          func() error { return fixture.Decide(t, lib, "bob", id, assets.ActionApprove, 3) },
		"submit":           func() error { return fixture.Decide(t, lib, "bob", id, assets.ActionSubmit, 3) },
		"submit whatever":  func() error { return fixture.Decide(t, lib, "bob", id, assets.ActionSubmit, 0) },
		"approve an older": func() error { return fixture.Decide(t, lib, "bob", id, assets.ActionApprove, 1) },
	} {
		if err := call(); !errors.Is(err, assets.ErrErased) || assets.Code(err) != "erased" {
			t.Errorf("%s: %v", name, err)
		}
	}
	allowed, err := lib.Allowed(t.Context(), by, id)
	if err != nil {
		t.Error(err)
	}
	for _, p := range allowed {
		refused := p.Action == assets.ActionSubmit || p.Action == assets.ActionApprove
		if errors.Is(p.Err, assets.ErrErased) != refused {
			t.Errorf("%s of erased content: %v", p.Action, p.Err)
		}
	}
	p, err := lib.Publishable(t.Context(), by, id, 3)
	if err != nil || p.Publishable || len(p.Missing) != 1 || p.Missing[0].Code != assets.MissingContent || p.Missing[0].How != "" {
		t.Errorf("publishable: %+v, %v", p, err)
	}
	for words, n := range map[string]int{"unmistakable": 0, "secret": 0, "spring": 1} {
		page, err := lib.List(t.Context(), by, assets.Query{Search: words, IncludeText: true})
		if err != nil || len(page.Items) != n {
			t.Errorf("%q finds %d assets: %v", words, len(page.Items), err)
		}
		for _, a := range page.Items {
			if a.Text == nil || a.Text.Text != nil {
				t.Errorf("the text of an erased version: %+v", a.Text)
			}
		}
	}
}

// TestEraseRefuses calls Erase as actors who may not, and with wrong input.
func TestEraseRefuses(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		id := erasable(t, lib)
		agent, reader := ann, ann
		agent.Kind = assets.KindAgent
		reader.Scopes = []assets.Scope{assets.ScopeRead, assets.ScopeWrite}
		for _, c := range []struct {
			by     assets.Actor
			id     assets.ID
			n      assets.Number
			reason string
			code   string
		}{
			{assets.Actor{}, id, 1, "r", "unauthorized"},
			{agent, "malformed", 0, "", "forbidden_kind"},
			{reader, "malformed", 0, "", "forbidden_scope"},
			{ann, "malformed", 0, strings.Repeat("x", 4001), "validation_error"},
			{ann, id, 1, " ", "validation_error"},
			{ann, id, 4, "r", "not_found"},
			{ann, fixture.AbsentID, 1, "r", "not_found"},
		} {
			if _, err := lib.Erase(t.Context(), c.by, c.id, c.n, c.reason); assets.Code(err) != c.code {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if _, err := lib.Erase(t.Context(), ann, "malformed", 0, ""); len(assets.FieldErrors(err)) != 3 {
			t.Errorf("all at once: %v", err)
		}
	})
}

// TestEraseOfAnOlderVersion leaves what is under review and in force alone.
func TestEraseOfAnOlderVersion(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		made := fixture.Draft(t, lib, false)
		if err := fixture.AddVersion(t, lib, made.ID, "the second"); err != nil {
			t.Fatal(err)
		}
		if err := fixture.Decide(t, lib, "bob", made.ID, assets.ActionApprove, 2); err != nil {
			t.Fatal(err)
		}
		a, err := lib.Erase(t.Context(), ann, made.ID, 1, "r")
		if err != nil || a.Status != assets.StatusApproved || a.ApprovedVersion != 2 || a.ErasedAt != 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		if text := fixture.Read(t, lib, made.ID, 2); text != "the second" {
			t.Errorf("version 2: %q", text)
		}
	})
}

// TestErasedContentComesAgain: the same content, sent again, is a new version.
func TestErasedContentComesAgain(t *testing.T) {
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), ann, fixture.Copy("the text"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lib.Erase(t.Context(), ann, made.ID, 1, "a mistake"); err != nil {
			t.Fatal(err)
		}
		if err := fixture.AddVersion(t, lib, made.ID, "the text"); err != nil {
			t.Fatal(err)
		}
		if text := fixture.Read(t, lib, made.ID, 2); text != "the text" {
			t.Errorf("version 2: %q", text)
		}
		if err := fixture.Decide(t, lib, "bob", made.ID, assets.ActionApprove, 2); err != nil {
			t.Error(err)
		}
	})
}

// erasing erases a version before one of its contents is opened.
type erasing struct {
	assets.Blobs
	erase func()
}

func (b *erasing) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if b.erase != nil {
		b.erase()
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

// TestEraseDuringReads erases a content after its version was read and before its bytes
// are: a text is then missing in a list, and a comparison is refused. Neither is damage.
func TestEraseDuringReads(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		var log bytes.Buffer
		cfg.SmallContents, cfg.Logger = 0, slog.New(slog.NewTextHandler(&log, nil))
		writer := backends.Library(t, cfg)
		blobs := &erasing{Blobs: cfg.Blobs}
		cfg.Blobs = blobs
		lib := backends.Library(t, cfg)
		erase := func() assets.ID {
			made := fixture.Draft(t, writer, false)
			blobs.erase = func() {
				if _, err := writer.Erase(t.Context(), ann, made.ID, 1, "r"); err != nil {
					t.Error(err)
				}
				blobs.erase = nil
			}
			return made.ID
		}
		if _, err := lib.Diff(t.Context(), ann, erase(), assets.DiffQuery{To: 1}); !errors.Is(err, assets.ErrErased) {
			t.Errorf("Diff: %v", err)
		}
		id := erase()
		page, err := lib.List(t.Context(), ann, assets.Query{IDs: []assets.ID{id}, IncludeText: true})
		if err != nil || len(page.Items) != 1 || page.Items[0].Text == nil || page.Items[0].Text.Text != nil {
			t.Errorf("List: %+v, %v", page.Items, err)
		}
		if strings.Contains(log.String(), "damaged") {
			t.Errorf("the log: %s", &log)
		}
	})
}
