package review_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func TestBundleIsCompared(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeBundle, "T", assets.NewVersion{Content: bytes.NewReader(zipOf(t, "same", "1", "mod", "2", "gone", "3")), Filename: "f.zip"})
	if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, assets.NewVersion{Content: bytes.NewReader(zipOf(t, "same", "1", "mod", "x", "new", "4")), Filename: "f.zip"}); err != nil {
		t.Fatal(err)
	}
	s.shows(s.get(200, "ana", string(a.ID)), "− gone", "~ changed", "+ added", "same", "1 changed, 1 added, 1 gone since version 1")

	broken := zipOf(t, "a", "1")
	copy(broken[len(broken)-60:], bytes.Repeat([]byte{0xff}, 30))
	b := s.create(assets.TypeBundle, "B", assets.NewVersion{Content: bytes.NewReader(broken), Filename: "f.zip", MediaType: "application/zip"})
	s.shows(s.get(200, "ana", string(b.ID)), "The directory of this archive cannot be read")

	var many []string
	for i := range 600 {
		many = append(many, fmt.Sprintf("f%03d", i), "x")
	}
	c := s.create(assets.TypeBundle, "C", assets.NewVersion{Content: bytes.NewReader(zipOf(t, many...)), Filename: "f.zip"})
	p := s.get(200, "ana", string(c.ID))
	s.shows(p, "Only the first 500 files are listed", "f499")
	s.lacks(p, "<bdi>f500")
}

// forged returns an archive in which one file has the checksum of another text.
func forged(t *testing.T, name, text, as, comment string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Comment: comment, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(as)),
		CompressedSize64: uint64(len(text)), UncompressedSize64: uint64(len(text)),
	})
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestVolumeFilesAreComparedByTheirBytes: neither the checksum that an agent writes, nor the names
// in a directory, hide a change.
func TestVolumeFilesAreComparedByTheirBytes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	large := strings.Repeat("0", 33<<20)
	for name, tt := range map[string]struct {
		old, young []byte
		shows      []string
		lacks      string
	}{
		"forged checksum": {zipOf(t, "a.txt", "pay ann"), forged(t, "a.txt", "pay bob", "pay ann", ""), []string{"~ changed", "1 changed, 0 added"}, ">same<"},
		"damaged twice":   {forged(t, "a.txt", "pay ann", "?", "one"), forged(t, "a.txt", "pay ann", "?", "two"), []string{"? not compared", "not compared: 1"}, ">same<"},
		"much": {zipOf(t, "large", large, "small", "1"), zipOf(t, "large", large, "small", "1", "new", "2"), []string{
			"+ added", "? not compared", "not compared: 1", "same",
		}, "~ changed"},
		"one name":            {zipOf(t, "a.txt", "1"), zipOf(t, "a.txt", "1", "a.txt", "2"), []string{"Two files of this archive have the same name"}, "<bdi>a.txt"},
		"one name, unpacked":  {zipOf(t, "a.txt", "1"), zipOf(t, "a.txt", "1", `x\..\./a.txt`, "2"), []string{"Two files of this archive have the same name"}, "<bdi>a.txt"},
		"the same, repacked":  {zipOf(t, "a.txt", "1"), forged(t, "a.txt", "1", "1", ""), []string{"same", "0 changed, 0 added, 0 gone"}, "not compared"},
		"a folder and a file": {zipOf(t, "a/", "", "a/b", "1"), zipOf(t, "a/", "", "a/b", "2"), []string{"~ changed"}, "not compared"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.create(assets.TypeBundle, name, assets.NewVersion{Content: bytes.NewReader(tt.old), Filename: "f.zip", MediaType: "application/zip"})
			if _, err := s.lib.AddVersion(t.Context(), actors["agent"], a.ID, assets.NewVersion{Content: bytes.NewReader(tt.young), Filename: "f.zip", MediaType: "application/zip"}); err != nil {
				t.Fatal(err)
			}
			p := s.get(200, "ana", string(a.ID))
			s.shows(p, tt.shows...)
			s.lacks(p, tt.lacks)
		})
	}
}

// exchanged are contents of which every object is another one.
type exchanged struct {
	assets.Blobs
	with []byte
}

// Open implements assets.Blobs.
func (b exchanged) Open(_ context.Context, _ string, offset, length int64) (io.ReadCloser, error) {
	rest := b.with[offset:]
	if length >= 0 {
		rest = rest[:min(int64(len(rest)), length)]
	}
	return io.NopCloser(bytes.NewReader(rest)), nil
}

// TestExchangedArchiveIsNotShown: an archive that is not the one that was stored is an
// error, although only parts of it are read.
func TestExchangedArchiveIsNotShown(t *testing.T) {
	t.Parallel()
	picture := string(pngOf(t, 9, 9))
	s := newSite(t, func(c *assets.Config, _ *review.Options) {
		c.Blobs = exchanged{c.Blobs, zipOf(t, "a.txt", "worse words", "p.png", picture)}
	})
	a := s.create(assets.TypeBundle, "T", assets.NewVersion{Content: bytes.NewReader(zipOf(t, "a.txt", "right words", "p.png", picture)), Filename: "f.zip"})
	s.lacks(s.get(500, "ana", string(a.ID)), "worse words")
	s.get(500, "ana", string(a.ID)+"/versions/1/file?name=p.png")
}
