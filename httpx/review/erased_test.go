package review_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// TestErasedIsShownAsErased: the page of an erased version has its history and no content.
func TestErasedIsShownAsErased(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("unmistakable words")
	if _, err := s.lib.Erase(t.Context(), assetstest.User(a.Workspace, "ana"), a.ID, 1, "a request"); err != nil {
		t.Fatal(err)
	}
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "The content was erased", "Nothing: the content was erased.")
	s.lacks(p, "unmistakable words", "/versions/1/content")
	s.get(410, "ana", string(a.ID)+"/versions/1/content")
	newer := s.add(a.ID, "other words")
	s.shows(s.get(200, "ana", string(newer.ID)), "other words")
	s.lacks(s.get(200, "ana", string(newer.ID)+"?compare=1"), "unmistakable words")
}

// TestErasedPictureHasNoThumbnail: a list shows the icon of its type.
func TestErasedPictureHasNoThumbnail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.create(assets.TypeImage, "P", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 3, 3)), Filename: "p.png"})
	picture := func() bool { return strings.Contains(s.get(200, "ana", "?status=any").body, "/preview?width=") }
	if !picture() {
		t.Fatal("the list shows no picture")
	}
	if _, err := s.lib.Erase(t.Context(), assetstest.User(a.Workspace, "ana"), a.ID, 1, "a request"); err != nil {
		t.Fatal(err)
	}
	if picture() {
		t.Error("the list shows an erased picture")
	}
}
