package review_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/10ex/assets"
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
	s.lacks(p, "f500")
}
