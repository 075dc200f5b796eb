package review_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func TestComment(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	id := string(a.ID)
	s.shows(s.get(200, "ana", id), "Add a comment", "Comment on version 1")
	s.lacks(s.get(200, "reader", id), "Add a comment")

	p := s.send("ana", id+"/comment", url.Values{"version": {"1"}, "comment": {"Is it\r\nagreed?"}, "campaign_id": {"spring"}})
	if p.Code != 303 || p.Header().Get("Location") != "./../"+id+"?campaign_id=spring#talk" {
		t.Errorf("a comment: %d to %q", p.Code, p.Header().Get("Location"))
	}
	s.shows(s.get(200, "ana", id), "ana commented on version 1", "Is it agreed?", "Approve version 1")
	s.add(a.ID, "two")
	p = s.send("agent", id+"/comment", url.Values{"version": {"1"}, "comment": {"Not yet."}, "older": {"1"}})
	if p.Code != 303 || p.Header().Get("Location") != "./../"+id+"?version=1#talk" {
		t.Errorf("a comment on an older version: %d to %q", p.Code, p.Header().Get("Location"))
	}
	s.shows(s.get(200, "ana", id), "writer commented on version 1", "Not yet.")

	for name, c := range map[string]struct {
		as   string
		form url.Values
		code int
		kept string
	}{
		"blank":         {"ana", url.Values{"version": {"2"}, "comment": {" "}}, 422, ""},
		"too long":      {"ana", url.Values{"version": {"2"}, "comment": {strings.Repeat("x", 4001)}}, 422, strings.Repeat("x", 4001)},
		"no version":    {"ana", url.Values{"comment": {"Words"}}, 400, "Words"},
		"a reader":      {"reader", url.Values{"version": {"2"}, "comment": {"Words"}}, 403, "Words"},
		"nobody":        {"", url.Values{"version": {"2"}, "comment": {"Words"}}, 401, "Words"},
		"another asset": {"other", url.Values{"version": {"2"}, "comment": {"Words"}}, 404, "Words"},
	} {
		p := s.send(c.as, id+"/comment", c.form)
		if p.Code != c.code || !strings.Contains(p.body, c.kept) {
			t.Errorf("%s: %d, want %d with the words: %s", name, p.Code, c.code, p.text())
		}
	}
	if now := s.current(a.ID); now.Revision != a.Revision+3 {
		t.Errorf("refused comments were recorded: revision %d, then %d", a.Revision, now.Revision)
	}
}

// TestCommentBetween: a comment that comes while somebody looks hinders no decision, and
// hides no decision of before.
func TestCommentBetween(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, change := range map[string]func(a *assets.Asset) (path string, form url.Values){
		"request changes": func(a *assets.Asset) (string, url.Values) {
			return "/decision", decisionForm(assets.ActionRequestChanges, a, "comment", "no", "revision", fmt.Sprint(a.Revision))
		},
		"archive": func(a *assets.Asset) (string, url.Values) { return "/change", changeForm("archive", a) },
	} {
		a := s.copyAsset("one")
		comment := url.Values{"version": {"1"}, "comment": {"Is it agreed?"}}
		s.send("agent", string(a.ID)+"/comment", comment)
		path, form := change(a)
		if p := s.send("ana", string(a.ID)+path, form); p.Code != 303 {
			t.Errorf("%s after a comment: %d %s", name, p.Code, p.text())
		}

		b := s.copyAsset("two")
		path, form = change(b)
		s.decide("ben", b.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
		s.send("agent", string(b.ID)+"/comment", comment)
		if p := s.send("ana", string(b.ID)+path, form); p.Code == 303 {
			t.Errorf("%s after an approval and a comment: %d", name, p.Code)
		}
	}
	c := s.copyAsset("three")
	s.decide("ana", c.ID, assets.Decision{Action: assets.ActionRequestChanges, Version: 1, Comment: "Shorter."})
	s.send("agent", string(c.ID)+"/comment", url.Values{"version": {"1"}, "comment": {"Why?"}})
	s.shows(s.get(200, "ben", string(c.ID)), "Changes requested")
}

// TestManyCommentsBetween: however many comments come while somebody looks, up to a limit,
// the form is accepted, and reads no further than they reach.
func TestManyCommentsBetween(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	comment := func(n int) {
		for range n {
			if _, err := s.lib.Comment(t.Context(), actors["agent"], a.ID, assets.NewComment{Version: 1, Text: "Is it agreed?"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	comment(250)
	form := decisionForm(assets.ActionRequestChanges, a, "comment", "no", "revision", fmt.Sprint(a.Revision))
	if p := s.send("ana", string(a.ID)+"/decision", form); p.Code != 303 {
		t.Errorf("after 250 comments: %d %s", p.Code, p.text())
	}

	b := s.copyAsset("two")
	a = b
	comment(3) // which the page shows
	b = s.current(b.ID)
	title := "Edited"
	if _, err := s.lib.Edit(t.Context(), actors["ana"], b.ID, assets.Edit{Title: &title}); err != nil {
		t.Fatal(err)
	}
	comment(2)
	form = decisionForm(assets.ActionRequestChanges, b, "comment", "no", "revision", fmt.Sprint(b.Revision))
	if p := s.send("ana", string(b.ID)+"/decision", form); p.Code == 303 {
		t.Errorf("after an edit and 2 comments: %d", p.Code)
	}
	b = s.current(b.ID)
	s.decide("ben", b.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	comment(250)
	form = decisionForm(assets.ActionRequestChanges, b, "comment", "no", "revision", fmt.Sprint(b.Revision))
	if p := s.send("ana", string(b.ID)+"/decision", form); p.Code == 303 {
		t.Errorf("after an approval and 250 comments: %d", p.Code)
	}
	form.Set("revision", fmt.Sprint(b.Revision+1)) // of a page that showed the approval
	comment(751)
	if p := s.send("ana", string(b.ID)+"/decision", form); p.Code == 303 {
		t.Errorf("after 1,001 comments: %d", p.Code)
	}
}
