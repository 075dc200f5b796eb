package assets_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

// TestTEN03WorkspacesAsFolders: whatever a workspace is called, its rows and
// files are its own, also on a disk that does not tell letter case.
func TestTEN03WorkspacesAsFolders(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg assets.Config) {
		root := filepath.Join(t.TempDir(), "content")
		dir, err := blob.OpenDir(root)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Blobs = dir
		lib := library(t, cfg)
		names := []string{"a", "A", "ab", "a/b", "../b", "b", "..", ".", "a=2fb", "=", "a%", `a\b`, "ä", "con", "a b", "a\n", strings.Repeat("w", 255), strings.Repeat("w", 254) + "W"}
		for i, ws := range names {
			by := user("maker")
			by.Workspace = ws
			in := newCopy(fmt.Sprint("text of ", i))
			if _, err := lib.Create(t.Context(), by, in); err != nil {
				t.Fatalf("%q: %v", ws, err)
			}
		}
		for i, ws := range names {
			by := user("checker")
			by.Workspace = ws
			page, err := lib.List(t.Context(), by, assets.Query{IncludeTotal: true})
			if err != nil || len(page.Items) != 1 || *page.Total != 1 || page.Items[0].Workspace != ws {
				t.Fatalf("%q has %d assets: %v", ws, len(page.Items), err)
			}
			f, err := lib.Open(t.Context(), by, page.Items[0].ID, assets.SelectCurrent)
			if err != nil {
				t.Fatal(err)
			}
			if f.Version.Content.SHA256 != sha256Of(fmt.Sprint("text of ", i)) {
				t.Errorf("%q has another's text", ws)
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
