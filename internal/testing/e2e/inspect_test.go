package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/workload"
)

// TestInspectionFindsDamage damages a storage, and the inspection must report it. An
// inspection that finds nothing after a kill would otherwise show nothing.
func TestInspectionFindsDamage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, p storage, db database, w *workload.Worker)
		want  string
	}{
		"altered content": {func(t *testing.T, p storage, _ database, _ *workload.Worker) {
			path := aFile(t, p)
			if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "content has digest"},
		"missing content": {func(t *testing.T, p storage, _ database, _ *workload.Worker) {
			if err := os.Remove(aFile(t, p)); err != nil {
				t.Fatal(err)
			}
		}, "content has digest"},
		"a lost asset": {func(t *testing.T, _ storage, db database, w *workload.Worker) {
			update(t, db, func(tx assets.Tx) error { return tx.DeleteAsset(t.Context(), w.Workspace, w.Live[0].Asset.ID) })
		}, "was acknowledged and is gone"},
		"a deleted asset that is back": {func(_ *testing.T, _ storage, _ database, w *workload.Worker) {
			w.Deleted(w.Live[0])
		}, "was deleted and is there"},
		"an asset that nobody made": {func(_ *testing.T, _ storage, _ database, w *workload.Worker) { w.Live = nil }, "nobody made it"},
		"a change without its event": {func(t *testing.T, _ storage, db database, w *workload.Worker) {
			a := w.Live[0].Asset
			a.Status, a.Revision = assets.StatusArchived, a.Revision+1
			update(t, db, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), &a, nil) })
		}, "-journal +rows"},
		"an event without its change": {func(t *testing.T, _ storage, db database, w *workload.Worker) {
			update(t, db, func(tx assets.Tx) error {
				return tx.AddEvent(t.Context(), assets.Event{
					Workspace: w.Workspace, Type: assets.EventVersionAdded, Data: assets.EventData{AssetID: w.Live[0].Asset.ID, Version: 2},
				})
			})
		}, "-journal +rows"},
		"unapproved as approved": {func(t *testing.T, _ storage, db database, w *workload.Worker) {
			a := w.Live[0].Asset
			a.ApprovedVersion = 1
			update(t, db, func(tx assets.Tx) error { return tx.PutAsset(t.Context(), &a, &a) })
		}, "in force is"},
		"a review without its version": {func(t *testing.T, _ storage, db database, w *workload.Worker) {
			a := w.Live[0].Asset
			update(t, db, func(tx assets.Tx) error {
				return tx.AddReview(t.Context(), w.Workspace, assets.Review{ID: a.ID, AssetID: a.ID, Version: 1, SHA256: strings.Repeat("0", 64), Action: assets.ActionSubmit, FromStatus: "draft", ToStatus: "draft", By: "ann", ByKind: "user", Via: "go"})
			})
		}, "without that version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sum figures
			p := backends()["sqlite"](t)
			p.inBucket = true
			w := newWorkers(t, p, 1, &sum.Tally)[0]
			s := start(t, p)
			w.Try(s.url, w.Create(), nil)
			s.kill()
			var said strings.Builder
			p.open(t, func(db database, content *blob.Dir) {
				tt.spoil(t, p, db, w)
				seen, err := workload.Inspect(t.Context(), db, content, []string{w.Workspace}, func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) })
				if err != nil {
					t.Fatal(err)
				}
				seen.CompareAcknowledged(w)
			})
			if text := strings.ReplaceAll(said.String(), "\u00a0", " "); !strings.Contains(text, tt.want) {
				t.Errorf("%q, want %q", text, tt.want)
			}
		})
	}
}

// aFile returns the path of the only content in a storage.
func aFile(t *testing.T, p storage) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.content, "w0", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	return files[0]
}

func update(t *testing.T, db database, fn func(assets.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
