package assets_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// contentsOfWorkspace makes assets with texts in a workspace.
func contentsOfWorkspace(t *testing.T, lib *assets.Library, workspace string, n int) (ids []assets.ID) {
	t.Helper()
	by := ann
	by.Workspace = workspace
	for i := range n {
		made, err := lib.Create(t.Context(), by, fixture.Copy(fmt.Sprintf("text %d of %s", i, workspace)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	return ids
}

// TestPurgeWorkspace purges one of two workspaces, while the other goes on.
func TestPurgeWorkspace(t *testing.T) {
	backends.EachSize(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		ring, err := apikey.New(apikey.Config{Store: cfg.Store.(apikey.Store)})
		if err != nil {
			t.Fatal(err)
		}
		bearer, _, err := ring.Mint(t.Context(), apikey.NewKey{Workspace: "gone", Owner: "ann", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}})
		if err != nil {
			t.Fatal(err)
		}
		kept := contentsOfWorkspace(t, lib, "w", 3)
		page, err := lib.Events(t.Context(), ann, assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		gone := contentsOfWorkspace(t, lib, "gone", 20)
		orphan := "gone/202601/abcdefghijklmnopqrstuvwxyz" // of an upload that was never completed
		if err := cfg.Blobs.Put(t.Context(), orphan, "text/plain", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
		done, err := lib.PurgeWorkspace(t.Context(), "gone")
		if err != nil || done.Rows < 41 || done.Objects == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		if _, err := ring.Authenticate(t.Context(), bearer); assets.Code(err) != "unauthorized" {
			t.Errorf("the key: %v", err)
		}
		for _, o := range fixture.Objects(t, cfg.Blobs) {
			if strings.HasPrefix(o.Key, "gone/") {
				t.Errorf("object %s is left", o.Key)
			}
		}
		by := ann
		by.Workspace = "gone"
		if _, err := lib.Get(t.Context(), by, gone[0], assets.SelectCurrent); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("a purged asset: %v", err)
		}
		for _, id := range kept {
			if text := fixture.Read(t, lib, id, 1); !strings.HasPrefix(text, "text ") {
				t.Errorf("another workspace's text: %q", text)
			}
		}
		next, err := lib.Events(t.Context(), ann, assets.EventQuery{After: page.NextAfter})
		if err != nil || len(next.Items) > 0 {
			t.Errorf("the cursor of another workspace: %+v, %v", next, err)
		}
		if mine, err := lib.Events(t.Context(), by, assets.EventQuery{}); err != nil || len(mine.Items) > 0 {
			t.Errorf("events of the workspace: %+v, %v", mine, err)
		}
		events := purgeEvents(t, cfg)
		if len(events) != 1 || events[0].Workspace != "gone" || events[0].Data.AssetID != "" || !events[0].InForceChanged() {
			t.Errorf("events of purges: %+v", events)
		}
		if again, err := lib.PurgeWorkspace(t.Context(), "gone"); err != nil || again != (assets.Purged{}) || len(purgeEvents(t, cfg)) != 1 {
			t.Errorf("again: %+v, %v", again, err)
		}
		report, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: cfg.Blobs.(blob.Sweepable), Ledger: cfg.Store.(blob.Ledger), Force: true})
		if err != nil || report.Deleted != 0 {
			t.Errorf("a sweep: %+v, %v", report, err)
		}
		contentsOfWorkspace(t, lib, "gone", 1) // the name can be used again
		if _, err := lib.PurgeWorkspace(t.Context(), "gone"); err != nil || len(purgeEvents(t, cfg)) != 2 {
			t.Errorf("a second life: %v", err)
		}
	})
}

// purgeEvents returns the events EventPurged that followers of the host see.
func purgeEvents(t *testing.T, cfg assets.Config) (found []assets.Event) {
	t.Helper()
	events, err := cfg.Store.(assets.Journal).Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Type == assets.EventPurged {
			found = append(found, e)
		}
	}
	return found
}

// failingDeletes are Blobs whose Delete fails.
type failingDeletes struct{ assets.Blobs }

func (failingDeletes) Delete(context.Context, string) error { return assets.ErrUnavailable }

// TestPurgeGoesOn: a bucket that fails ends a purge, and the next one goes on. Without a
// list of keys, what the first has not deleted is left to a sweep.
func TestPurgeGoesOn(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		healthy := backends.Library(t, cfg)
		contentsOfWorkspace(t, healthy, "gone", 5)
		failing := cfg
		failing.Blobs = failingDeletes{cfg.Blobs}
		if _, err := backends.Library(t, failing).PurgeWorkspace(t.Context(), "gone"); assets.Code(err) != "unavailable" || len(purgeEvents(t, cfg)) > 0 {
			t.Errorf("with a bucket that fails: %v", err)
		}
		if _, err := healthy.PurgeWorkspace(t.Context(), "gone"); err != nil || len(purgeEvents(t, cfg)) != 1 {
			t.Errorf("then: %v", err)
		}
		if left := fixture.Objects(t, cfg.Blobs); len(left) > 0 {
			t.Errorf("objects %v are left", left)
		}
	})
}

// TestPurgeRefuses: a purge needs a workspace and a store that can.
func TestPurgeRefuses(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		for _, name := range []string{"", "a\x00b", strings.Repeat("w", 256)} {
			if _, err := lib.PurgeWorkspace(t.Context(), name); len(assets.FieldErrors(err)) != 1 {
				t.Errorf("workspace %q: %v", name, err)
			}
		}
		if _, err := lib.With(onlyStore{cfg.Store}).PurgeWorkspace(t.Context(), "w"); assets.Code(err) != "not_configured" {
			t.Errorf("a store that cannot: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
		defer cancel()
		if _, err := lib.PurgeWorkspace(ctx, "w"); assets.Code(err) != "unavailable" {
			t.Errorf("a context that has ended: %v", err)
		}
	})
}

// onlyStore hides what a store has besides.
type onlyStore struct{ assets.Store }

// TestPurgeBesideUploads: an upload that is under way while its workspace is purged ends with
// both its row and its bytes, or with neither.
func TestPurgeBesideUploads(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		lib := backends.Library(t, cfg)
		fixture.AtOnce(8, func(i int) {
			if i == 0 {
				for range 20 {
					if _, err := lib.PurgeWorkspace(t.Context(), "w"); err != nil {
						t.Error(err)
					}
				}
				return
			}
			for n := range 20 {
				_, err := lib.Create(t.Context(), ann, fixture.Copy(fmt.Sprintf("text %d %d", i, n)))
				if code := assets.Code(err); err != nil && code != "unavailable" {
					t.Errorf("a create: %v", err)
				}
			}
		})
		for a, err := range lib.All(t.Context(), ann, assets.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			f, err := lib.Open(t.Context(), ann, a.ID, assets.SelectCurrent)
			if err == nil {
				_, err = io.Copy(io.Discard, f)
			}
			if err != nil {
				t.Errorf("asset %s has no content: %v", a.ID, err)
			}
		}
	})
}
