package isolation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestWorkspacesHaveOwnFoldersTEN03: whatever the name of a workspace, it has rows
// and files of its own, also on a disk that ignores letter case.
func TestWorkspacesHaveOwnFoldersTEN03(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		root := filepath.Join(t.TempDir(), "content")
		dir, err := blob.OpenDir(root)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Blobs = dir
		lib := backends.Library(t, cfg)
		names := []string{"a", "A", "ab", "a/b", "../b", "b", "..", ".", "a=2fb", "=", "a%", `a\b`, "ä", "con", "a b", "a\n", strings.Repeat("w", 255), strings.Repeat("w", 254) + "W"}
		for i, ws := range names {
			by := fixture.User("maker")
			by.Workspace = ws
			in := fixture.Copy(fmt.Sprint("text of ", i))
			if _, err := lib.Create(t.Context(), by, in); err != nil {
				t.Fatalf("%q: %v", ws, err)
			}
		}
		for i, ws := range names {
			by := fixture.User("checker")
			by.Workspace = ws
			page, err := lib.List(t.Context(), by, assets.Query{IncludeTotal: true})
			if err != nil || len(page.Items) != 1 || *page.Total != 1 || page.Items[0].Workspace != ws {
				t.Fatalf("%q has %d assets: %v", ws, len(page.Items), err)
			}
			f, err := lib.Open(t.Context(), by, page.Items[0].ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			if f.Version.Content.SHA256 != fixture.SHA256(fmt.Sprint("text of ", i)) {
				t.Errorf("%q has the text of another workspace", ws)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		folders := map[string]bool{}
		err = fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.Count(path, "/") == 2 {
				folder, _, _ := strings.Cut(path, "/")
				if lower := strings.ToLower(folder); folders[lower] {
					err = errors.New("two files are in " + folder)
				} else {
					folders[lower] = true
				}
			}
			return err
		})
		if err != nil || len(folders) != len(names) {
			t.Errorf("%d folders for %d workspaces: %v", len(folders), len(names), err)
		}
	})
}

// TestKeysOfWorkspacesShareNoFolderTEN03: whatever the name of a workspace, the keys
// of its contents begin with a folder of its own, also where letter case is ignored.
func TestKeysOfWorkspacesShareNoFolderTEN03(t *testing.T) {
	t.Parallel()
	names := []string{"a", "A", "ab", "a/b", "../b", "..", ".", "a=2fb", "=61", "ä", "a b", strings.Repeat("x", 255), strings.Repeat("x", 254) + "y", "=h"}
	folders := map[string]string{}
	for _, name := range names {
		cfg := assetstest.Config()
		recorder := &keyRecorder{Blobs: cfg.Blobs}
		cfg.Blobs = recorder
		if _, err := backends.Library(t, cfg).Create(t.Context(), assetstest.User(name, "ann"), fixture.Copy("x")); err != nil {
			t.Fatalf("workspace %q: %v", name, err)
		}
		folder, _, _ := strings.Cut(strings.ToLower(recorder.key), "/")
		if other, taken := folders[folder]; taken {
			t.Errorf("%q and %q share the folder %s", name, other, folder)
		}
		if folder == "" || strings.Trim(folder, ".") == "" || len(folder) > 200 {
			t.Errorf("%q is kept in %q", name, folder)
		}
		folders[folder] = name
	}
}

// keyRecorder records the key of the last Put.
type keyRecorder struct {
	assets.Blobs
	key string
}

func (b *keyRecorder) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	b.key = key
	return b.Blobs.Put(ctx, key, mediaType, r)
}
