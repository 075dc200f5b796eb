package blob_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/fixture"
)

func TestDirModesAndFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "folders", "data")
	d := openDir(t, path)
	put(t, d, key1, "content")
	if err := d.WriteMarker(t.Context(), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := d.Put(t.Context(), key2, "", iotest.ErrReader(errors.New("cut"))); err == nil {
		t.Fatal("Put of a failing reader succeeds")
	}
	var got []string
	err := filepath.WalkDir(filepath.Join(path, "..", ".."), func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
		if !e.IsDir() {
			rel, _ := filepath.Rel(path, name)
			got = append(got, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".assets-store", key1}; !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func TestDirRemovesTheFileOfAPanickingReader(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = d.Put(t.Context(), key1, "", fixture.ReaderFunc(func([]byte) (int, error) { panic("reader") }))
	}()
	put(t, d, key1, "content")
}

func TestDirFolderIsNotAContent(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	put(t, d, key1, "content")
	for _, key := range []string{"acme", "acme/202601", key1 + "/below"} {
		if _, err := d.Size(t.Context(), key); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("Size(%q): %v", key, err)
		}
		if _, err := d.Open(t.Context(), key, 0, -1); !errors.Is(err, assets.ErrNotFound) {
			t.Errorf("Open(%q): %v", key, err)
		}
		if err := d.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete(%q): %v", key, err)
		}
		if err := d.Put(t.Context(), key, "", strings.NewReader("x")); err == nil {
			t.Errorf("Put(%q) succeeds", key)
		}
	}
	if got, err := text(t, d, key1); got != "content" {
		t.Errorf("the content became %q, %v", got, err)
	}
}

func TestDirDoesNotFollowSymbolicLinks(t *testing.T) {
	t.Parallel()
	outside, path := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(path, "link")); err != nil {
		t.Skip(err)
	}
	d := openDir(t, path)
	if got, err := text(t, d, "link/secret"); err == nil {
		t.Errorf("a link leads out of the folder, to %q", got)
	}
	if err := d.Put(t.Context(), "link/new", "", strings.NewReader("x")); err == nil {
		t.Error("Put through a link succeeds")
	}
	if got := keys(t, d, ""); len(got) != 0 {
		t.Errorf("the listing follows the link: %q", got)
	}
}

func TestDirFolderRemovedByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d := openDir(t, path)
	put(t, d, key1, "first")
	if err := os.RemoveAll(filepath.Join(path, "acme")); err != nil {
		t.Fatal(err)
	}
	put(t, d, key1, "second")
}

func TestOpenDirRefusesAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, filepath.Join(path, "below")} {
		if d, err := blob.OpenDir(p); err == nil {
			_ = d.Close()
			t.Errorf("OpenDir(%q) succeeds", p)
		}
	}
}
