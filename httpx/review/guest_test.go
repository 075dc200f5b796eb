package review_test

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
)

// newGuestSite returns a site of which nothing but the pages of guests is served.
func newGuestSite(t *testing.T, change ...func(*assets.Config, *review.Options)) *site {
	t.Helper()
	var opts review.Options
	s := newSite(t, append(change, withLinks, func(_ *assets.Config, o *review.Options) { opts = *o })...)
	s.handler = review.Public(s.lib, opts)
	return s
}

// answerForm is the form of a guest about a version.
func answerForm(answer string, a *assets.Asset, more ...string) url.Values {
	form := decisionForm("", a, more...)
	form.Del("action")
	form.Set("answer", answer)
	return form
}

// TestGuest: a link shows its version and takes one decision. Looking decides nothing, and
// a second click tells what was recorded.
func TestGuest(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t, guestsDecide)
	a := s.copyAsset("Everything blooms.")
	_, token := s.invite(a, assets.LinkDecide)
	at := "link/" + token
	p := s.get(200, "", at)
	s.shows(p, "ana asks for your review", "Everything blooms.", "Your name, Eve, stands beside your answer")
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"} {
		if got := p.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if now := s.current(a.ID); now.Revision != a.Revision {
		t.Errorf("a look has changed the asset: revision %d, then %d", a.Revision, now.Revision)
	}
	for name, c := range map[string]struct {
		form   url.Values
		header []string
		code   int
	}{
		"no answer":           {answerForm("", a), nil, 422},
		"no comment":          {answerForm("request_changes", a), nil, 422},
		"another answer":      {answerForm("archive", a), nil, 422},
		"another version":     {answerForm("approve", &assets.Asset{Version: 2, Content: a.Content}), nil, 400},
		"another digest":      {answerForm("approve", &assets.Asset{Version: 1}), nil, 400},
		"from another site":   {answerForm("approve", a), []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"by another's origin": {answerForm("approve", a), []string{"Origin", "https://evil.example"}, 403},
	} {
		if p := s.send("", at, c.form, c.header...); p.Code != c.code {
			t.Errorf("%s: %d, want %d: %.200s", name, p.Code, c.code, p.text())
		}
	}
	if now := s.current(a.ID); now.Revision != a.Revision {
		t.Errorf("a refused answer has changed the asset: revision %d, then %d", a.Revision, now.Revision)
	}
	for range 2 {
		if p := s.send("", at, answerForm("approve", a)); p.Code != 303 {
			t.Errorf("an approval: %d %.200s", p.Code, p.text())
		}
		s.shows(s.get(200, "", at), "You approved version 1", "The link cannot be used for a second decision.")
	}
	now := s.current(a.ID)
	if last := now.Reviews[len(now.Reviews)-1]; now.Revision != a.Revision+1 || last.By != "guest:Eve" || last.InvitedBy != "ana" || last.Via != assets.ViaLink {
		t.Errorf("recorded at revision %d: %+v", now.Revision, last)
	}
}

// TestGuestIsTold: a link that can be used no more tells why, and keeps what was typed.
func TestGuestIsTold(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t)
	for name, c := range map[string]struct {
		change func(a *assets.Asset, link assets.ReviewLink)
		code   int
		says   string
	}{
		"overtaken": {func(a *assets.Asset, _ assets.ReviewLink) { s.add(a.ID, "two") }, 409, "Version 2 has arrived since"},
		"revoked": {func(_ *assets.Asset, link assets.ReviewLink) {
			if err := s.lib.RevokeReviewLink(t.Context(), actors["ana"], link.ID); err != nil {
				t.Fatal(err)
			}
		}, 410, "This link was withdrawn"},
		"archived": {func(a *assets.Asset, _ assets.ReviewLink) {
			s.decide("ben", a.ID, assets.Decision{Action: assets.ActionArchive})
		}, 410, "This link was withdrawn"},
	} {
		a := s.copyAsset("one")
		link, token := s.invite(a, assets.LinkComment)
		c.change(a, link)
		p := s.send("", "link/"+token, answerForm("comment", a, "comment", "What I typed."))
		if p.Code != c.code || !strings.Contains(p.body, ">What I typed.</textarea>") {
			t.Errorf("%s: %d, want %d: %s", name, p.Code, c.code, p.text())
		}
		s.shows(p, c.says)
		if reviews := s.current(a.ID).Reviews; reviews[len(reviews)-1].Action == assets.ActionComment {
			t.Errorf("%s: a comment was recorded", name)
		}
	}
	for _, at := range []string{"link/forged", "link/", "link"} {
		if p := s.send("", at, nil); p.Code != 404 {
			t.Errorf("%s: %d", at, p.Code)
		}
	}
}

// TestGuestOfTheCreator: where nobody may approve their own versions, neither may a guest
// of the creator, who is told why. Changes can be requested.
func TestGuestOfTheCreator(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t, func(c *assets.Config, _ *review.Options) {
		c.Approver = approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true}
	})
	made, err := s.lib.Create(t.Context(), actors["ana"], assets.NewAsset{Type: assets.TypeCopy, Title: "Tagline", NewVersion: assets.NewVersion{Text: "one", Submit: true}})
	if err != nil {
		t.Fatal(err)
	}
	a := made.Asset
	_, token := s.invite(a, assets.LinkDecide)
	const why = "ana made this version. Somebody else has to approve it."
	p := s.get(200, "", "link/"+token)
	s.shows(p, why, "Request changes")
	s.lacks(p, `value="approve"`)
	p = s.send("", "link/"+token, answerForm("approve", a))
	if now := s.current(a.ID); p.Code != 403 || now.Revision != a.Revision || now.Status != assets.StatusPendingReview {
		t.Errorf("an approval: %d; revision %d, %s", p.Code, now.Revision, now.Status)
	}
	s.shows(p, "Nothing was recorded", why)
	if p := s.send("", "link/"+token, answerForm("request_changes", a, "comment", "Shorter.")); p.Code != 303 {
		t.Errorf("a request for changes: %d %.200s", p.Code, p.text())
	}
}

// TestGuestAndOtherWorkspaces: with a link nothing of another workspace can be seen or
// decided, even with a session there, and nobody there can revoke it.
func TestGuestAndOtherWorkspaces(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t, guestsDecide)
	a := s.copyAsset("ours")
	link, token := s.invite(a, assets.LinkDecide)
	made, err := s.lib.Create(t.Context(), actors["other"], assets.NewAsset{Type: assets.TypeCopy, Title: "Theirs", NewVersion: assets.NewVersion{Text: "theirs", Submit: true}})
	if err != nil {
		t.Fatal(err)
	}
	foreign, at := made.Asset, "link/"+token
	for _, query := range []string{"", "?asset_id=" + string(foreign.ID), "?version=2", "?workspace=other"} {
		p := s.get(200, "other", at+query)
		s.shows(p, "ours")
		s.lacks(p, "theirs", "Theirs", string(foreign.ID))
	}
	for _, path := range []string{at + "/" + string(foreign.ID), at + "/" + string(foreign.ID) + "/versions/1/content", "link/" + string(foreign.ID), string(foreign.ID)} {
		s.get(404, "other", path)
	}
	for name, form := range map[string]url.Values{
		"their digest":        answerForm("approve", foreign),
		"their asset":         answerForm("approve", foreign, "asset_id", string(foreign.ID)),
		"their newer version": answerForm("approve", &assets.Asset{Version: 2, Content: foreign.Content}),
	} {
		if p := s.send("other", at, form); p.Code != 400 {
			t.Errorf("%s: %d, want 400: %.200s", name, p.Code, p.text())
		}
	}
	if err := s.lib.RevokeReviewLink(t.Context(), actors["other"], link.ID); assets.Code(err) != "not_found" {
		t.Errorf("revoking it from another workspace: %v", err)
	}
	if p := s.send("other", at, answerForm("approve", a, "asset_id", string(foreign.ID), "workspace", "other")); p.Code != 303 {
		t.Errorf("an answer: %d %.200s", p.Code, p.text())
	}
	theirs, err := s.lib.Get(t.Context(), actors["other"], foreign.ID, assets.SelectCurrent)
	if err != nil || theirs.Revision != foreign.Revision {
		t.Errorf("the other asset has changed: %+v, %v", theirs, err)
	}
	if now := s.current(a.ID); now.Status != assets.StatusApproved || now.Reviews[len(now.Reviews)-1].InvitedBy != "ana" {
		t.Errorf("recorded %s, %+v", now.Status, now.Reviews)
	}
}

var fileSource = regexp.MustCompile(`<img src="([^"]*/file\?name=[^"]*)"`)

// TestGuestSeesPicturesOfABundle: a picture in an archive is served below the link, to who
// has it, as long as it can be used.
func TestGuestSeesPicturesOfABundle(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t)
	picture := string(pngOf(t, 9, 9))
	a := s.create(assets.TypeBundle, "Page", assets.NewVersion{Filename: "f.zip", Content: bytes.NewReader(zipOf(t, "img/a b.png", picture, "z.txt", "text"))})
	link, token := s.invite(a, assets.LinkComment)
	at := "link/" + token
	found := fileSource.FindStringSubmatch(s.get(200, "", at).body)
	if found == nil {
		t.Fatal("the page shows no picture")
	}
	page, _ := url.Parse("/a/review/" + at)
	source, err := page.Parse(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(source.RequestURI(), "/a/review/")
	p := s.get(200, "", path)
	if p.body != picture || p.Header().Get("Content-Type") != "image/png" || p.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the picture at %s: %v", path, p.Header())
	}
	s.shows(s.get(200, "", at+"?file=z.txt"), "text")
	for _, path := range []string{at + "/file?name=none.png", at + "/file?name=z.txt", at + "/file", at + "/rendition", at + "/file/x?name=a.png"} {
		s.get(404, "", path)
	}
	if p := s.send("", path, url.Values{}); p.Code != http.StatusMethodNotAllowed {
		t.Errorf("a POST: %d", p.Code)
	}
	if err := s.lib.RevokeReviewLink(t.Context(), actors["ana"], link.ID); err != nil {
		t.Fatal(err)
	}
	if p := s.get(410, "", path); strings.Contains(p.body, picture) {
		t.Error("a revoked link serves the picture")
	}
}

// TestGuestIsToldTheDisclosure: the page of a link says in words, in each language, how the
// version was made, and nothing if that is not known.
func TestGuestIsToldTheDisclosure(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t)
	for sourceType, words := range map[string]map[string]string{
		"trainedAlgorithmicMedia":              {"en": "made by AI", "de": "von KI erstellt", "ar": "من صنع الذكاء الاصطناعي"},
		"compositeWithTrainedAlgorithmicMedia": {"en": "edited with AI", "de": "mit KI bearbeitet", "ar": "محرَّر بالذكاء الاصطناعي"},
		"digitalCapture":                       {"en": "captured", "de": "aufgenommen", "ar": "مُلتقَط"},
		"":                                     {"en": "", "de": "", "ar": ""},
	} {
		a := s.create(assets.TypeCopy, "Tagline", assets.NewVersion{Text: "one", Provenance: assets.Provenance{SourceType: sourceType}})
		_, token := s.invite(a, assets.LinkComment)
		for language, want := range words {
			found := madeHow.FindStringSubmatch(s.send("", "link/"+token, nil, "Accept-Language", language).body)
			if found == nil || found[1] != want {
				t.Errorf("%q in %s: the page has %q, want %q", sourceType, language, found, want)
			}
		}
	}
}

// madeHow finds the disclosure on the page of a link.
var madeHow = regexp.MustCompile(`<p class="rowy quiet small"><span[^>]*>.*?</span>(?:<span class="sep">([^<]*)</span>)?</p>`)

// TestGuestsNameInHistory: the page of an asset names the guest, and who invited them.
func TestGuestsNameInHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks, guestsDecide)
	a := s.copyAsset("one")
	_, token := s.invite(a, assets.LinkDecide)
	if _, err := s.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: assets.ActionApprove}); err != nil {
		t.Fatal(err)
	}
	for range 101 { // comments hide neither the approval nor who gave it
		if _, err := s.lib.Comment(t.Context(), assetstest.User("acme", "ben"), a.ID, assets.NewComment{Version: 1, Text: "Fine."}); err != nil {
			t.Fatal(err)
		}
	}
	p := s.get(200, "ana", string(a.ID))
	s.shows(p, "Publishers get now Version 1 The same, version 1 Approved by Eve (by link from ana),", "Publishers get this version. Approved by Eve (by link from ana).")
	s.lacks(p, "guest:Eve")
}

// TestGuestNoticeNeedsARecord: an address does not make the page say that something was
// recorded.
func TestGuestNoticeNeedsARecord(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t)
	a := s.copyAsset("one")
	_, token := s.invite(a, assets.LinkComment)
	at := "link/" + token + "?said=comment"
	s.lacks(s.get(200, "", at), "your answer is recorded", "data-recorded")
	s.send("", "link/"+token, answerForm("comment", a, "comment", "Fine."))
	s.shows(s.get(200, "", at), "your answer is recorded")
}
