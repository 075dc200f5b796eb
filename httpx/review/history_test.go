package review_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t, quorumOfTwo)
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove, Comment: "Facts <match>."})
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "Shorter."})
	for range 12 {
		s.add(a.ID, "x")
		a = s.add(a.ID, "y")
	}
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "ana approved version 1", "Facts <match>.", "ben requested changes to version 1", "ben asked for this on version 1", "Shorter.", "writer submitted version", "All 25 versions")
	if n := strings.Count(p.body, `<a class="ver`); n != 10 {
		t.Errorf("%d versions are listed", n)
	}
	if n := strings.Count(s.get(200, "ana", string(a.ID)+"?version=3&versions=all").body, `<a class="ver`); n != 25 {
		t.Errorf("%d of all versions are listed", n)
	}
}

// TestRequestBehindComments: what was asked last is on the page however many comments came
// since.
func TestRequestBehindComments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "Shorter."})
	s.add(a.ID, "two")
	for range 120 {
		if _, err := s.lib.Comment(t.Context(), actors["ben"], a.ID, assets.NewComment{Version: 2, Text: "Fine."}); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{string(a.ID), "triage"} {
		s.shows(s.get(200, "ana", path), "ben asked for this on version 1", "Shorter.")
	}
	s.shows(s.get(200, "ana", string(a.ID)), "Changes requested")
}

// TestWholeConversation: a link leads from the newest reviews to all of them.
func TestWholeConversation(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	if p := s.get(200, "ana", string(a.ID)); strings.Contains(p.body, "/talk") {
		t.Error("a short conversation has a link to the whole one")
	}
	for range 60 {
		if _, err := s.lib.Comment(t.Context(), actors["ben"], a.ID, assets.NewComment{Version: 1, Text: "Fine."}); err != nil {
			t.Fatal(err)
		}
	}
	s.shows(s.get(200, "ana", string(a.ID)), "The whole conversation")
	p := s.get(200, "ana", string(a.ID)+"/talk")
	s.lacks(p, "submitted version 1")
	next := regexp.MustCompile(`href="\./\.\./([^"]*/talk\?cursor=[^"]*)"`).FindStringSubmatch(p.body)
	if next == nil {
		t.Fatalf("there is no next page: %s", p.body)
	}
	s.shows(s.get(200, "ana", next[1]), "writer submitted version 1")
	s.get(404, "other", string(a.ID)+"/talk")
}
