package assetstest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"testing"
)

// TestLargeExports judges an export.Store by archives of as many members as
// make a zip a zip64, and by what a range of 10,000 reads. It is apart from
// [TestExports] because it takes seconds.
func TestLargeExports[S ExportStore](t *testing.T, open func(t *testing.T) S) {
	t.Run("a range of 10,000 entries reads few rows", func(t *testing.T) { rangesReadFewRows(exporting(t, open(t))) })
	for _, members := range []int{65_535, 65_536} {
		t.Run(fmt.Sprintf("EXP07 %d members", members), func(t *testing.T) {
			largeExport(exporting(t, open(t)), members)
		})
	}
}

func largeExport(t *exportT, members int) {
	const key, tags = "w/202506/shared", 5 // of the members, files of the bag
	content := []byte("content")
	entries := t.freezeMany(members-tags, key, content)
	cfg := Config()
	cfg.Store = t.ExportStore
	mustPut(t.T, cfg.Blobs, key, content)
	exports := t.exporter(cfg)
	a, err := exports.Open(t.Context(), User("w", "ann"), idOf(len(entries)))
	t.ok(err)
	var archive bytes.Buffer
	_, err = a.WriteTo(t.Context(), &archive, nil)
	t.ok(err)
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	t.ok(err)
	if len(r.File) != members {
		t.Fatalf("%d members, want %d", len(r.File), members)
	}
	for i, e := range entries {
		if r.File[i].Name != e.Name {
			t.Fatalf("member %d is %q, want %q", i, r.File[i].Name, e.Name)
		}
		if i%1000 != 0 && i != len(entries)-1 {
			continue
		}
		f, err := r.File[i].Open()
		t.ok(err)
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
			t.Errorf("member %d reads %q, %v", i, got, err)
		}
	}
}
