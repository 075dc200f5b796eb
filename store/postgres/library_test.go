package postgres_test

import (
	"errors"
	"io"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store"
	"github.com/10ex/assets/versioning"
)

// TestLibraryIsCutAroundCommitDBF03 cuts the connection around the COMMIT of each
// kind of write. The call returns the outcome, or that it is unknown; afterwards the
// store has the state before or after the write, with its content.
func TestLibraryIsCutAroundCommitDBF03(t *testing.T) {
	t.Parallel()
	proxy, url := newProxy(t, migrated(t))
	lib, err := assets.New(assets.Config{
		Store: openURL(t, url, store.Options{Relaxed: true}), Blobs: blob.NewMemory(),
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann := assets.Actor{Workspace: "w", Subject: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}}
	for when, cut := range map[string]int32{"before": beforeCommit, "after": afterCommit} {
		for name, write := range map[string]func(id assets.ID) error{
			"create": func(assets.ID) error {
				_, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeCopy, Title: "new", NewVersion: assets.NewVersion{Text: "new"}})
				return err
			},
			"version": func(id assets.ID) error {
				_, err := lib.AddVersion(t.Context(), ann, id, assets.NewVersion{Text: "second"})
				return err
			},
			"approve": func(id assets.ID) error {
				_, err := lib.Review(t.Context(), ann, id, assets.Decision{Action: assets.ActionApprove, Version: 1})
				return err
			},
			"delete": func(id assets.ID) error { return lib.Delete(t.Context(), ann, id, nil) },
		} {
			made, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeCopy, Title: "first", NewVersion: assets.NewVersion{Text: "first"}})
			if err != nil {
				t.Fatal(err)
			}
			before := contents(t, lib, ann)
			proxy.cut.Store(cut)
			err = write(made.ID)
			if proxy.cut.Load() != never {
				t.Fatalf("%s %s: there was no COMMIT", when, name)
			}
			after := contents(t, lib, ann)
			changed := after != before
			t.Logf("%s %s: %v, changed %v", when, name, err, changed)
			switch {
			case err != nil && !errors.Is(err, assets.ErrUnavailable):
				t.Errorf("%s %s: %v", when, name, err)
			case err == nil && !changed:
				t.Errorf("%s %s: acknowledged but not stored", when, name)
			case changed != (cut == afterCommit):
				t.Errorf("%s %s: changed is %v", when, name, changed)
			}
		}
	}
}

// contents returns the state and the content of every asset.
func contents(t *testing.T, lib *assets.Library, by assets.Actor) (text string) {
	t.Helper()
	page, err := lib.List(t.Context(), by, assets.Query{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range page.Items {
		text += string(a.ID) + " " + string(a.Status)
		for n := range a.CurrentVersion {
			file, err := lib.Open(t.Context(), by, a.ID, assets.Selector(n+1))
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(file)
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
			text += " " + string(content)
		}
		text += "\n"
	}
	return text
}
