package attest_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/10ex/assets/attest"
)

// verified returns what Export reports about files, by path.
func verified(t *testing.T, v attest.Verifier, files fstest.MapFS) (map[string]error, error) {
	t.Helper()
	all := map[string]error{}
	err := v.Export(t.Context(), files, func(r attest.Result) {
		if _, twice := all[r.Path]; twice {
			t.Errorf("%s is reported twice", r.Path)
		}
		all[r.Path] = r.Err
	})
	return all, err
}

func TestVerifyExport(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	whole := fstest.MapFS{
		"e/bagit.txt":                      {Data: []byte("BagIt-Version: 1.0\n")},
		"e/bag-info.txt":                   {},
		"e/manifest-sha256.txt":            {},
		"e/tagmanifest-sha256.txt":         {},
		"e/metadata.json":                  {},
		"e/data/a.txt":                     {Data: []byte(fileText)},
		"e/data/b/c.txt":                   {Data: []byte(fileText)},
		"e/attestations/a.txt.dsse.json":   {Data: envelope},
		"e/attestations/b/c.txt.dsse.json": {Data: envelope},
	}
	if all, err := verified(t, v, whole); err != nil || len(all) != 2 || all["e/data/a.txt"] != nil || all["e/data/b/c.txt"] != nil {
		t.Errorf("whole: %v, %v", all, err)
	}
	flat := fstest.MapFS{"bagit.txt": {}, "data/a.txt": whole["e/data/a.txt"], "attestations/a.txt.dsse.json": {Data: envelope}}
	if all, err := verified(t, v, flat); err != nil || len(all) != 1 || all["data/a.txt"] != nil {
		t.Errorf("without a top folder: %v, %v", all, err)
	}
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		path   string
		want   error
	}{
		"another file": {func(f fstest.MapFS) { f["e/data/a.txt"] = &fstest.MapFile{Data: []byte("x")} }, "e/data/a.txt", attest.ErrOtherFile},
		"no statement": {func(f fstest.MapFS) { delete(f, "e/attestations/a.txt.dsse.json") }, "e/data/a.txt", attest.ErrNoStatement},
		"no statement at all": {func(f fstest.MapFS) {
			delete(f, "e/attestations/a.txt.dsse.json")
			delete(f, "e/attestations/b/c.txt.dsse.json")
		}, "e/data/b/c.txt", attest.ErrNoStatement},
		"no file":                            {func(f fstest.MapFS) { delete(f, "e/data/a.txt") }, "e/attestations/a.txt.dsse.json", attest.ErrNoFile},
		"a file beside":                      {func(f fstest.MapFS) { f["e/attestations/x"] = &fstest.MapFile{} }, "e/attestations/x", attest.ErrNoFile},
		"another statement":                  {func(f fstest.MapFS) { f["e/attestations/a.txt.dsse.json"] = &fstest.MapFile{Data: []byte("{}")} }, "e/data/a.txt", attest.ErrMalformed},
		"a second folder":                    {func(f fstest.MapFS) { f["f/data/a.txt"] = f["e/data/a.txt"] }, "f/data/a.txt", attest.ErrUnknownFile},
		"a second bag":                       {func(f fstest.MapFS) { f["f/bagit.txt"], f["f/data/a.txt"] = f["e/bagit.txt"], &fstest.MapFile{} }, "f/data/a.txt", attest.ErrUnknownFile},
		"a file beside the folder":           {func(f fstest.MapFS) { f["a.txt"] = f["e/data/a.txt"] }, "a.txt", attest.ErrUnknownFile},
		"a file in the folder":               {func(f fstest.MapFS) { f["e/a.txt"] = f["e/data/a.txt"] }, "e/a.txt", attest.ErrUnknownFile},
		"a folder in the folder":             {func(f fstest.MapFS) { f["e/x/bagit.txt"] = f["e/bagit.txt"] }, "e/x/bagit.txt", attest.ErrUnknownFile},
		"a name that begins as the folder's": {func(f fstest.MapFS) { f["e2/data/a.txt"] = f["e/data/a.txt"] }, "e2/data/a.txt", attest.ErrUnknownFile},
		"a tag file that is a link": {func(f fstest.MapFS) {
			f["e/metadata.json"] = &fstest.MapFile{Data: []byte("data/a.txt"), Mode: fs.ModeSymlink}
		}, "e/metadata.json", attest.ErrUnknownFile},
		"a huge statement": {func(f fstest.MapFS) { f["e/attestations/a.txt.dsse.json"] = &fstest.MapFile{Data: make([]byte, 2<<20)} }, "e/data/a.txt", attest.ErrMalformed},
	} {
		files := maps.Clone(whole)
		c.change(files)
		if all, err := verified(t, v, files); err != nil || !errors.Is(all[c.path], c.want) {
			t.Errorf("%s: %v, %v, want %v of %s", name, all, err, c.want, c.path)
		}
	}
	flat["x/bagit.txt"] = &fstest.MapFile{}
	if all, err := verified(t, v, flat); err != nil || !errors.Is(all["x/bagit.txt"], attest.ErrUnknownFile) {
		t.Errorf("a folder beside those of an export: %v, %v", all, err)
	}
	link := maps.Clone(whole)
	link["e/data/a.txt"] = &fstest.MapFile{Data: []byte("b/c.txt"), Mode: fs.ModeSymlink}
	if all, err := verified(t, v, link); err != nil || all["e/data/a.txt"] == nil {
		t.Errorf("a link: %v, %v", all, err)
	}
	for name, files := range map[string]fstest.MapFS{
		"nothing": {}, "no bag": {"x/data/a.txt": {}}, "no files": {"bagit.txt": {}, "data": {Mode: fs.ModeDir | 0o755}},
	} {
		if all, err := verified(t, v, files); err == nil {
			t.Errorf("%s: %v", name, slices.Collect(maps.Keys(all)))
		}
	}
}

// TestVerifyDuplicateEntries: a zip that has one name twice may unpack to either.
func TestVerifyDuplicateEntries(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	for _, twice := range []string{"", "e/data/a.txt", "e/attestations/a.txt.dsse.json", "e/bagit.txt", "e/data/a.txt/b"} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range []struct{ name, text string }{
			{"e/bagit.txt", ""}, {"e/data/a.txt", fileText}, {"e/attestations/a.txt.dsse.json", string(envelope)}, {twice, "x"},
		} {
			if f.name == "" {
				continue
			}
			entry, err := w.Create(f.name)
			if err == nil {
				_, err = entry.Write([]byte(f.text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		ok := true
		err = v.Export(t.Context(), r, func(r attest.Result) { ok = ok && r.Err == nil })
		if accepted := err == nil && ok; accepted != (twice == "") {
			t.Errorf("with %q twice: accepted %t, %v", twice, accepted, err)
		}
	}
}

func TestVerifyBeside(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	files := fstest.MapFS{"a.txt": {Data: []byte(fileText)}, "a.txt.dsse.json": {Data: envelope}, "b.txt": {Data: []byte(fileText)}, "c.txt.dsse.json": {Data: envelope}}
	for name, want := range map[string]error{
		"a.txt": nil, "a.txt.dsse.json": nil, "b.txt": attest.ErrNoStatement, "c.txt.dsse.json": attest.ErrNoFile, "d": attest.ErrNoFile,
	} {
		if r := v.Beside(files, name); !errors.Is(r.Err, want) || (r.Err == nil) != (r.Statement != nil) {
			t.Errorf("%s: %v, want %v", name, fmt.Sprint(r), want)
		}
	}
}
