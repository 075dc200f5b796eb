package review_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func changeForm(do string, a *assets.Asset, more ...string) url.Values {
	form := url.Values{"do": {do}, "version": {fmt.Sprint(a.Version)}, "sha256": {a.Content.SHA256}, "revision": {fmt.Sprint(a.Revision)}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// TestChangeIsSentTwice: the second one leads where the first one did, and changes nothing.
func TestChangeIsSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.add(a.ID, "two")
	for do, form := range map[string]url.Values{
		"rollback": changeForm("rollback", s.current(a.ID), "version", "1"),
		"archive":  changeForm("archive", s.copyAsset("three"), "comment", "Over."),
	} {
		id := string(a.ID)
		if do == "archive" {
			page, err := s.lib.List(t.Context(), actors["ana"], assets.Query{Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			id = string(page.Items[0].ID)
		}
		for range 2 {
			if p := s.send("ana", id+"/change", form); p.Code != 303 {
				t.Errorf("%s: %d", do, p.Code)
			}
		}
		if p := s.send("ben", id+"/change", form); p.Code == 303 {
			t.Errorf("%s by somebody else: %d", do, p.Code)
		}
	}
	if n := s.current(a.ID).Version; n != 3 {
		t.Errorf("the asset has %d versions", n)
	}
}

// TestChange: archiving, reopening, going back and deleting are asked for, with what they
// mean for publishers, and refused if the asset has changed since.
func TestChange(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	id := string(a.ID)
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	s.add(a.ID, "two")
	p := s.get(200, "ana", id+"?version=1")
	s.shows(p, "Go back to version 1…", "Archive…")
	p = s.get(200, "ana", id+"/change?do=rollback&version=1")
	s.shows(p, "Go back to version 1 of “Tagline”?", "publishers get it at once", a.Content.SHA256, "The exact text of version 1", "one")
	if !strings.Contains(p.body, `data-key="c"`) || !strings.Contains(p.body, "<title>Go back to version 1 of “Tagline”? · Assets</title>") {
		t.Errorf("the page about going back: %s", p.body)
	}
	s.shows(s.get(200, "ana", id+"/change?do=rollback&version=1&view=changes"), "Changes from v version 2 to v version 1")
	if p = s.send("ana", id+"/change", changeForm("rollback", s.current(a.ID), "version", "1", "comment", "Better.")); p.Code != 303 || s.current(a.ID).ApprovedVersion != 3 {
		t.Errorf("going back: %d", p.Code)
	}
	s.shows(s.get(200, "ana", id), "the same as version 1", "version 3 is version 1 again, with its approval", "Better.")

	s.shows(s.get(200, "ana", id+"/change?do=archive"), "Archive “Tagline”?", "Publishers get nothing of it from then on", "instead of version 3")
	stale := changeForm("archive", a)
	if p = s.send("ana", id+"/change", stale); p.Code != 412 && p.Code != 409 || s.current(a.ID).Status == assets.StatusArchived {
		t.Errorf("stale: %d", p.Code)
	}
	s.shows(p, "Nothing was changed")
	if p = s.send("ana", id+"/change", changeForm("archive", s.current(a.ID))); p.Code != 303 || s.current(a.ID).Status != assets.StatusArchived {
		t.Errorf("archiving: %d %s", p.Code, p.text())
	}
	p = s.get(200, "ana", id)
	s.shows(p, "Reopen as a draft")
	if p = s.send("ana", id+"/decision", decisionForm(assets.ActionReopen, s.current(a.ID))); p.Code != 303 || s.current(a.ID).Status != assets.StatusDraft {
		t.Errorf("reopening: %d", p.Code)
	}
	s.lacks(s.get(200, "ana", id), "Delete…") // it was approved once
	if p = s.send("ana", id+"/change", changeForm("delete", s.current(a.ID))); p.Code != 409 {
		t.Errorf("deleting what was approved: %d", p.Code)
	}
	s.shows(p, "Nothing was deleted")

	b := s.copyAsset("draft")
	s.decide("ana", b.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "no"})
	s.shows(s.get(200, "ana", string(b.ID)), "Delete…")
	s.shows(s.get(200, "ana", string(b.ID)+"/change?do=delete"), "removed for good")
	if p = s.send("ana", string(b.ID)+"/change", changeForm("delete", s.current(b.ID))); p.Code != 303 {
		t.Errorf("deleting: %d", p.Code)
	}
	if p = s.send("ana", string(b.ID), nil); p.Code != 404 {
		t.Errorf("deleted: %d", p.Code)
	}
	for _, form := range []url.Values{{"do": {"burn"}, "revision": {"1"}, "version": {"1"}}, {"do": {"archive"}}} {
		if p = s.send("ana", id+"/change", form); p.Code != 400 {
			t.Errorf("%v: %d", form, p.Code)
		}
	}
}

func TestPreviewLink(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	p := s.get(200, "ana", string(a.ID)+"/link?version=1")
	s.shows(p, "Whoever has this link sees version 1 of “Tagline”")
	if !strings.Contains(p.body, s.lib.PublicPath()+"/preview/") || p.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", p.Header(), p.text())
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	path := string(a.ID) + "/tags"
	add := func(key, value string) page {
		return s.send("ana", path, url.Values{"do": {"add"}, "key": {key}, "value": {value}})
	}
	if p := add("channel", "web <b>"); p.Code != 303 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	add("channel", "tv")
	if got := s.current(a.ID).Tags; fmt.Sprint(got) != "map[channel:[tv web <b>]]" {
		t.Errorf("the tags are %v", got)
	}
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "channel: web <b>")
	if !strings.Contains(p.body, `href="./?status=any&amp;tag=channel%3Atv"`) {
		t.Error("a tag leads nowhere")
	}
	s.shows(s.get(200, "ana", "?status=any&tag=channel:tv"), "Tagline")
	if p = s.send("ana", path, url.Values{"do": {"remove"}, "key": {"channel"}, "value": {"tv"}}); p.Code != 303 || len(s.current(a.ID).Tags["channel"]) != 1 {
		t.Errorf("removing: %d %v", p.Code, s.current(a.ID).Tags)
	}
	for _, bad := range []page{add("", "x"), add("k", " "), s.send("ana", path, url.Values{"do": {"x"}})} {
		if bad.Code != 400 {
			t.Errorf("%d", bad.Code)
		}
	}
	if p = add("Bad Key", "x"); p.Code != 422 {
		t.Errorf("a malformed key: %d", p.Code)
	}
	s.lacks(s.get(200, "reader", string(a.ID)), "Add a tag")
}
