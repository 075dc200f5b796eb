package review_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// TestPlaceInTheQueue: the page of an asset says where it is in the list from which one
// came, and what comes next is prefetched if it is a picture.
func TestPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	picture := s.create(assets.TypeImage, "Hero", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 9, 9)), Filename: "p.png"})
	b := s.copyAsset("two")
	out := s.copyAsset("three")
	s.decide("ana", out.ID, assets.Decision{Action: assets.ActionApprove})
	prefetch := fmt.Sprintf(`data-prefetch="./%s/versions/1/content"`, picture.ID)
	for path, want := range map[string]string{
		string(a.ID): "1 of 3", string(picture.ID): "2 of 3", string(b.ID): "3 of 3", string(b.ID) + "?type=copy": "2 of 2",
		string(out.ID) + "?status=approved": "1 of 1", string(out.ID) + "?status=any": "1 of 4", string(a.ID) + "?view=changes": "1 of 3",
	} {
		p := s.get(200, "ana", path)
		s.shows(p, want)
		if got := strings.Contains(p.body, prefetch); got != strings.HasPrefix(path, string(a.ID)) && !strings.Contains(path, "status=any") {
			t.Errorf("%s: prefetches the picture: %t", path, got)
		}
	}
	s.shows(s.get(200, "ana", string(a.ID)), "Waiting 3")
	for _, path := range []string{string(out.ID), string(a.ID) + "?q=one", string(a.ID) + "?status=draft"} {
		s.lacks(s.get(200, "ana", path), `class="place"`)
	}
	if p := s.get(200, "ana", "triage"); !strings.Contains(p.body, prefetch) {
		t.Error("triage does not prefetch the next picture")
	}
}
