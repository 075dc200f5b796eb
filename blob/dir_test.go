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

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

var hostile = map[string]string{
	"empty": "", "dot": ".", "parent": "..", "up": "../x", "up inside": "a/../../x", "up at the end": "a/..",
	"absolute": "/etc/passwd", "root": "/", "empty element": "a//b", "trailing slash": "a/", "current": "./a",
	"NUL": "a\x00b", "line break": "a\nb", "backslash": `..\x`, "drive": "C:x", "blank": "a b", "letter": "ä",
	"invalid UTF-8": "a\xff", "percent": "a%2fb", "hidden": "a/.b", "marker": ".assets-store",
	"marker's draft": ".assets-store.x", "long": strings.Repeat("a", 2000), "long element": strings.Repeat("a", 256),
}

func TestTEN03HostileKeys(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		for name, key := range hostile {
			_, sizeErr := s.Size(t.Context(), key)
			_, openErr := s.Open(t.Context(), key, 0, -1)
			for method, err := range map[string]error{
				"Put":    s.Put(t.Context(), key, "text/plain", strings.NewReader("x")),
				"Size":   sizeErr,
				"Open":   openErr,
				"Delete": s.Delete(t.Context(), key),
			} {
				if !errors.Is(err, blob.ErrInvalidKey) {
					t.Errorf("%s of a key with %s: %v", method, name, err)
				}
			}
		}
		if got := keys(t, s, ""); len(got) != 0 {
			t.Errorf("stored all the same: %q", got)
		}
	})
}

func TestTEN03PrefixNeverListsAnother(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		const rest = "/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
		for _, w := range []string{"a", "ab", "a-", "a=2f", "b"} {
			put(t, s, w+rest, w)
		}
		for folder, want := range map[string][]string{
			"a": {"a" + rest}, "ab": {"ab" + rest}, "a/202601": {"a" + rest}, "a/2026": {}, "c": {}, "a" + rest: {},
		} {
			if diff := cmp.Diff(want, keys(t, s, folder)); diff != "" {
				t.Errorf("List(%q) (-want +got):\n%s", folder, diff)
			}
		}
		if got := keys(t, s, ""); len(got) != 5 {
			t.Errorf("List of all has %q", got)
		}
		for _, err := range s.List(t.Context(), "../a") {
			if !errors.Is(err, blob.ErrInvalidKey) {
				t.Errorf("List of ../a: %v", err)
			}
		}
	})
}

func TestBLB05SecondPutIsErrExists(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		put(t, s, key1, "first")
		if err := s.Put(t.Context(), key1, "text/plain", strings.NewReader("second")); !errors.Is(err, blob.ErrExists) {
			t.Errorf("the second Put answers %v", err)
		}
		if got, _ := text(t, s, key1); got != "first" {
			t.Errorf("the first bytes became %q", got)
		}
	})
}

func TestBLB05KeyBeingWritten(t *testing.T) {
	each(t, func(t *testing.T, s store) {
		inner := errors.New("not tried")
		r := readerFunc(func([]byte) (int, error) {
			inner = s.Put(t.Context(), key1, "text/plain", strings.NewReader("second"))
			return 0, errors.New("first ends")
		})
		if err := s.Put(t.Context(), key1, "text/plain", r); err == nil {
			t.Error("Put of a failing reader succeeds")
		}
		if !errors.Is(inner, blob.ErrExists) {
			t.Errorf("a Put beside another one: %v", inner)
		}
		put(t, s, key1, "third")
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestDirModesAndLeftovers(t *testing.T) {
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

func TestDirPanickingReaderLeavesNothing(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = d.Put(t.Context(), key1, "", readerFunc(func([]byte) (int, error) { panic("reader") }))
	}()
	put(t, d, key1, "content")
}

func TestDirFoldersAreNoContent(t *testing.T) {
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

func TestDirSymbolicLinksLeadNowhere(t *testing.T) {
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

func TestDirFolderRemovedByAnother(t *testing.T) {
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
