package review_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/internal/testing/fixture"
)

// withLinks lets a site make review links.
func withLinks(c *assets.Config, o *review.Options) { c.ReviewLinkURL = review.LinkURL(o.Base) }

// guestsDecide lets guests decide too.
func guestsDecide(c *assets.Config, _ *review.Options) {
	c.Approver = approval.Policy{GuestsMayDecide: true}
}

// invite makes a link to the current version as ana and returns it with its token.
func (s *site) invite(a *assets.Asset, can assets.LinkRight) (assets.ReviewLink, string) {
	s.Helper()
	link, err := s.lib.CreateReviewLink(s.Context(), actors["ana"], a.ID, assets.NewReviewLink{Name: "Eve", Can: can})
	if err != nil {
		s.Fatal(err)
	}
	return link, link.URL[strings.LastIndexByte(link.URL, '/')+1:]
}

// inviteForm is the form that makes a link.
func inviteForm(more ...string) url.Values {
	form := url.Values{"version": {"1"}, "name": {"Eve"}, "can": {"comment"}, "days": {"7"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// TestInvite: a link is made and shown once.
func TestInvite(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks)
	id := string(s.copyAsset("one").ID)
	p := s.send("ana", id+"/links", inviteForm())
	s.shows(p, "Here is the link", "With it Eve can see version 1 of “Tagline” until")
	_, token, found := strings.Cut(p.body, `value="https://assets.example/a/review/link/`)
	token, _, _ = strings.Cut(token, `"`)
	if opened, err := s.lib.OpenReviewLink(t.Context(), token); p.Code != 200 || !found || err != nil || opened.Link.Name != "Eve" || p.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a new link: %d, %q opens %+v, %v: %v", p.Code, token, opened, err, p.Header())
	}
	if strings.Contains(s.get(200, "ana", id).body, token) {
		t.Error("the page of the asset has the token")
	}
	for name, c := range map[string]struct {
		as   string
		form url.Values
		code int
	}{
		"no version":        {"ana", inviteForm("version", ""), 400},
		"no day":            {"ana", inviteForm("days", "0"), 400},
		"too many days":     {"ana", inviteForm("days", "31"), 400},
		"no name":           {"ana", inviteForm("name", " "), 422},
		"another right":     {"ana", inviteForm("can", "own"), 422},
		"to decide":         {"ana", inviteForm("can", "decide"), 403},
		"no such version":   {"ana", inviteForm("version", "9"), 404},
		"an agent":          {"agent", inviteForm(), 403},
		"a reader":          {"reader", inviteForm(), 403},
		"another workspace": {"other", inviteForm(), 404},
	} {
		if p := s.send(c.as, id+"/links", c.form); p.Code != c.code {
			t.Errorf("%s: %d, want %d: %.200s", name, p.Code, c.code, p.text())
		}
	}
	if page, err := s.lib.ReviewLinks(t.Context(), actors["ana"], assets.ID(id), assets.PageQuery{}); err != nil || len(page.Items) != 1 {
		t.Errorf("%d links, %v, want that one", len(page.Items), err)
	}
}

// TestLinksPanel: the page of an asset lists its links with what became of them, to those
// who may manage them.
func TestLinksPanel(t *testing.T) {
	t.Parallel()
	clock := fixture.NewClock()
	s := newSite(t, withLinks, guestsDecide, func(c *assets.Config, _ *review.Options) { c.Now = clock.Now })
	a := s.copyAsset("one")
	id := string(a.ID)
	s.shows(s.get(200, "ana", id), "People without an account", "Nobody was asked by a link yet.", "Comment and decide")
	for _, as := range []string{"reader", "agent"} {
		s.lacks(s.get(200, as, id), "People without an account")
	}

	link, token := s.invite(a, assets.LinkDecide)
	s.shows(s.get(200, "ana", id), "Eve", "Not opened yet", "Revoke the link of Eve")
	if _, err := s.lib.OpenReviewLink(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	s.shows(s.get(200, "ana", id), "Last opened")
	if p := s.send("ana", id+"/links/revoke", url.Values{"link": {string(link.ID)}}); p.Code != 303 || !strings.HasSuffix(p.Header().Get("Location"), id+"#links") {
		t.Errorf("revoking: %d to %q", p.Code, p.Header().Get("Location"))
	}
	p := s.get(200, "ana", id)
	s.shows(p, "Revoked")
	s.lacks(p, "Last opened", "Revoke the link of Eve")

	_, token = s.invite(a, assets.LinkDecide)
	if _, err := s.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: assets.ActionApprove}); err != nil {
		t.Fatal(err)
	}
	s.shows(s.get(200, "ana", id), "Comment and decide Approved 1 March, 12:00 · until")
	s.invite(a, assets.LinkComment)
	clock.Advance(assets.DefaultLink)
	p = s.get(200, "ana", id)
	s.shows(p, "Expired")
	s.lacks(p, "Revoke the link of Eve")

	s.lacks(p, "Older links")
	for range 18 { // with those of before one more than is shown
		s.invite(a, assets.LinkComment)
	}
	p = s.get(200, "ana", id+"?type=copy")
	older := linkOf(p, "Older links")
	s.lacks(p, "Newest links")
	p = s.get(200, "ana", older)
	s.shows(p, "Revoked", "Newest links") // the very first one
	s.lacks(p, "Older links")
	if to := linkOf(p, "Newest links"); to != id+"?type=copy" {
		t.Errorf("the newest are at %s", to)
	}
}

// linkOf returns the address below the queue to which a link with a text leads, without the
// place on the page.
func linkOf(p page, text string) string {
	before, _, _ := strings.Cut(p.body, `">`+text+`</a>`)
	to := before[strings.LastIndex(before, `href="./`)+len(`href="./`):]
	to, _, _ = strings.Cut(to, "#")
	return strings.ReplaceAll(to, "&amp;", "&")
}

// TestLinksPanelIsOptional: a host without pages for guests has no panel, and one whose
// guests may not decide does not offer that.
func TestLinksPanelIsOptional(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.lacks(s.get(200, "ana", string(s.copyAsset("one").ID)), "People without an account")
	s = newSite(t, withLinks)
	id := fmt.Sprint(s.copyAsset("one").ID)
	p := s.get(200, "ana", id)
	s.shows(p, "People without an account")
	s.lacks(p, "Comment and decide")
}

// TestTooManyLinks: the page says of what there are too many, and keeps the name.
func TestTooManyLinks(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks)
	a := s.copyAsset("one")
	for range assets.MaxReviewLinks {
		s.invite(a, assets.LinkComment)
	}
	p := s.send("ana", string(a.ID)+"/links", inviteForm("name", "Frida"))
	if p.Code != 429 || !strings.Contains(p.body, ">Frida</textarea>") {
		t.Errorf("%d %s", p.Code, p.text())
	}
	s.shows(p, "No link was made", "Revoke some, or wait until some expire.")
	s.lacks(p, "export")
}
