package filesys_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/10ex/assets/internal/filesys"
)

func open(t *testing.T, path string) *filesys.Folder {
	t.Helper()
	f, err := filesys.OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func write(t *testing.T, f filesys.FS, name, content string) {
	t.Helper()
	file, err := f.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(file, content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, f filesys.FS, name string) string {
	t.Helper()
	file, err := f.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestOpenFolderCreatesFolders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "folder")
	for range 2 { // the second time it exists
		open(t, path)
	}
	for _, p := range []string{path, filepath.Dir(path)} {
		if info, err := os.Stat(p); err != nil || info.Mode() != fs.ModeDir|0o700 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
}

func TestOpenFolderOfAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, filepath.Join(path, "below")} {
		if f, err := filesys.OpenFolder(p); err == nil {
			_ = f.Close()
			t.Errorf("OpenFolder(%q) succeeds", p)
		}
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	if err := f.Mkdir("a"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "a/x", "content")
	if got := read(t, f, "a/x"); got != "content" {
		t.Errorf("read %q", got)
	}
	if info, err := f.Stat("a/x"); err != nil || info.Mode() != 0o600 || info.Size() != 7 {
		t.Errorf("Stat: %v, %v", info, err)
	}
	for _, name := range []string{".", "a"} {
		if err := f.SyncDir(name); err != nil {
			t.Errorf("SyncDir(%q): %v", name, err)
		}
	}
	if err := f.Remove("a/x"); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat("a/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat of a removed file: %v", err)
	}
}

func TestFolderErrors(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	if err := f.Mkdir("a"); err != nil {
		t.Fatal(err)
	}
	write(t, f, "a/x", "content")
	file, createErr := f.Create("a/x")
	missing, openErr := f.Open("b")
	if file != nil || missing != nil {
		t.Errorf("files beside errors: %v, %v", file, missing)
	}
	_, statErr := f.Stat("b")
	_, belowErr := f.Create("b/x")
	for method, c := range map[string]struct{ err, want error }{
		"Create":              {createErr, fs.ErrExist},
		"Mkdir":               {f.Mkdir("a"), fs.ErrExist},
		"Open":                {openErr, fs.ErrNotExist},
		"Stat":                {statErr, fs.ErrNotExist},
		"Create in no folder": {belowErr, fs.ErrNotExist},
		"Mkdir in no folder":  {f.Mkdir("b/c"), fs.ErrNotExist},
		"SyncDir":             {f.SyncDir("b"), fs.ErrNotExist},
		"Rename":              {f.Rename("b", "c"), fs.ErrNotExist},
		"Remove":              {f.Remove("b"), fs.ErrNotExist},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", method, c.err, c.want)
		}
	}
}

func TestFolderRenameReplaces(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	write(t, f, "old", "old")
	write(t, f, "new", "new")
	if err := f.Rename("new", "old"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, f, "old"); got != "new" {
		t.Errorf("read %q", got)
	}
	if _, err := f.Stat("new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old name: %v", err)
	}
}

func TestFolderReadDir(t *testing.T) {
	t.Parallel()
	f := open(t, t.TempDir())
	want := []string{"a", "b", "c"}
	for _, name := range want {
		write(t, f, name, "")
	}
	folder, err := f.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	var got []string
	for {
		entries, err := folder.ReadDir(2)
		if len(entries) > 2 {
			t.Errorf("ReadDir(2) returns %d entries", len(entries))
		}
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func TestFolderStaysInside(t *testing.T) {
	t.Parallel()
	outside, path := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(path, "link")); err != nil {
		t.Skip(err)
	}
	f := open(t, path)
	for _, name := range []string{"../" + filepath.Base(outside) + "/secret", "link/secret", "/etc/passwd"} {
		if file, err := f.Open(name); err == nil {
			_ = file.Close()
			t.Errorf("Open(%q) succeeds", name)
		}
		if _, err := f.Stat(name); err == nil {
			t.Errorf("Stat(%q) succeeds", name)
		}
	}
	if file, err := f.Create("link/new"); err == nil {
		_ = file.Close()
		t.Error("Create through a link succeeds")
	}
}
