package attest_test

import (
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
		"no file":           {func(f fstest.MapFS) { delete(f, "e/data/a.txt") }, "e/attestations/a.txt.dsse.json", attest.ErrNoFile},
		"a file beside":     {func(f fstest.MapFS) { f["e/attestations/x"] = &fstest.MapFile{} }, "e/attestations/x", attest.ErrNoFile},
		"another statement": {func(f fstest.MapFS) { f["e/attestations/a.txt.dsse.json"] = &fstest.MapFile{Data: []byte("{}")} }, "e/data/a.txt", attest.ErrMalformed},
		"a huge statement":  {func(f fstest.MapFS) { f["e/attestations/a.txt.dsse.json"] = &fstest.MapFile{Data: make([]byte, 2<<20)} }, "e/data/a.txt", attest.ErrMalformed},
	} {
		files := maps.Clone(whole)
		c.change(files)
		if all, err := verified(t, v, files); err != nil || !errors.Is(all[c.path], c.want) {
			t.Errorf("%s: %v, %v, want %v of %s", name, all, err, c.want, c.path)
		}
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
