package review_test

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

var linkTarget = regexp.MustCompile(`<a class="btn" href="([^"]*)"`)

// waysBack returns where the links of the page of an error lead from the page of a path,
// below the queue. None may lead elsewhere.
func (s *site) waysBack(p page, path string) (all []string) {
	s.Helper()
	const queue = "https://assets.example/a/review/"
	at, err := url.Parse(queue + path)
	if err != nil {
		s.Fatal(err)
	}
	for _, found := range linkTarget.FindAllStringSubmatch(p.body, -1) {
		to, err := at.Parse(html.UnescapeString(found[1]))
		if err != nil {
			s.Fatal(err)
		}
		below, ok := strings.CutPrefix(to.String(), queue)
		if !ok {
			s.Errorf("%s leads to %s", path, to)
		}
		all = append(all, below)
	}
	return all
}

// TestErrorsLeadBack: from the page of an error one comes back to where the form was: to
// the asset with the filter of the queue, to the older version, to the place in triage, or
// to the page of the queue.
func TestErrorsLeadBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.add(a.ID, "two")
	a = s.current(a.ID)
	id := string(a.ID)
	const gone = "019aa0a4-0000-7000-8000-000000000000"
	of := func(pairs ...string) url.Values {
		form := url.Values{"type": {"copy"}, "status": {"any"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	asset, queue := id+"?status=any&type=copy", "?status=any&type=copy"
	older := asset + "&version=1"
	inTriage := []string{"triage", "1", "after", "c", "done", "2", "of", "9"}
	for name, tt := range map[string]struct {
		as, path string
		form     url.Values
		status   int
		want     []string
	}{
		"a decision":         {"reader", id + "/decision", decisionForm(assets.ActionApprove, a, "type", "copy", "status", "any"), 403, []string{asset, queue}},
		"on an older one":    {"ana", id + "/decision", of("older", "1"), 400, []string{older, queue}},
		"in triage":          {"ana", id + "/decision", of(inTriage...), 400, []string{"triage?at=" + id + "&cursor=c&done=2&of=9&status=any&type=copy", queue}},
		"deleted in triage":  {"ana", gone + "/decision", decisionForm(assets.ActionApprove, a, append(inTriage, "type", "copy")...), 404, []string{"triage?cursor=c&done=2&of=9&type=copy", "?type=copy"}},
		"triage at nothing":  {"ana", "triage?type=copy&of=9&at=" + gone, nil, 404, []string{"triage?of=9&type=copy", "?type=copy"}},
		"archive":            {"ana", id + "/change", of("do", "archive", "version", "2", "sha256", a.Content.SHA256, "revision", "1"), 412, []string{asset, queue}},
		"rollback":           {"reader", id + "/change", of("do", "rollback", "version", "1", "revision", "2", "older", "1"), 403, []string{older, queue}},
		"delete":             {"reader", id + "/change", of("do", "delete", "version", "2", "revision", "2"), 403, []string{asset, queue}},
		"words in triage":    {"ana", "triage?type=copy&done=2&of=9&view=text&did=skip&at=" + gone, url.Values{"comment": {"Secret."}, "reason": {"facts"}}, 404, []string{"triage?done=2&of=9&type=copy", "?type=copy"}},
		"a form's own query": {"ana", id + "/decision?type=blog&view=x", of("older", "1"), 400, []string{older, queue}},
		"asking for it":      {"ana", id + "/change?do=archive&version=9&type=copy", nil, 404, []string{id + "?type=copy", "?type=copy"}},
		"a tag":              {"ana", id + "/tags", of("do", "add"), 400, []string{asset, queue}},
		"a comment":          {"ana", id + "/comment", of("version", "1", "older", "1"), 422, []string{older, queue}},
		"a review link":      {"ana", id + "/links", of("version", "2", "days", "99"), 400, []string{asset, queue}},
		"revoking it":        {"ana", id + "/links/revoke", of("link", gone), 404, []string{asset, queue}},
		"several":            {"ana", "several", of("pick", "x", "cursor", "p"), 400, []string{"?cursor=p&status=any&type=copy"}},
		"a page of an asset": {"ana", id + "/talk?cursor=x&type=copy", nil, 400, []string{id + "?type=copy", "?type=copy"}},
		"hostile":            {"ana", id + "/decision", of("older", "//evil.example", "type", "//evil.example/", "next", "//evil.example"), 400, []string{id + "?status=any&type=%2F%2Fevil.example%2F", "?status=any&type=%2F%2Fevil.example%2F"}},
		"hostile in triage":  {"ana", id + "/decision", url.Values{"triage": {"1"}, "after": {"/../../../\\evil"}}, 400, []string{"triage?at=" + id + "&cursor=%2F..%2F..%2F..%2F%5Cevil", ""}},
		"hostile in several": {"ana", "several", url.Values{"pick": {"x"}, "cursor": {"//evil.example"}}, 400, []string{"?cursor=%2F%2Fevil.example"}},
		"no such page":       {"ana", "/evil.example/decision", of(), 404, []string{queue}},
	} {
		p := s.send(tt.as, tt.path, tt.form)
		if got := s.waysBack(p, tt.path); p.Code != tt.status || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d, the links lead to %q, want %q: %s", name, p.Code, got, tt.want, p.text())
		}
	}
}

// postsTo finds to what below the asset a form is sent.
var postsTo = regexp.MustCompile(`^[^>]*method="post" action="\./[0-9a-f-]{36}/([a-z/]+)"`)

// TestFormsKnowTheirPlace: the forms of an asset's page, and the pages in between, have what
// leads back to it.
func TestFormsKnowTheirPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks)
	a := s.copyAsset("one")
	s.decide("ana", a.ID, assets.Decision{Action: assets.ActionApprove})
	if _, err := s.lib.Edit(t.Context(), actors["ana"], a.ID, assets.Edit{Tags: assets.Tags{"season": {"spring"}}}); err != nil {
		t.Fatal(err)
	}
	s.invite(s.add(a.ID, "two"), assets.LinkComment)
	id := string(a.ID)
	p := s.get(200, "ana", id+"?type=copy&version=1")
	var actions []string
	for _, form := range strings.Split(p.body, `<form `)[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		action := postsTo.FindStringSubmatch(form)
		if action == nil {
			continue
		}
		actions = append(actions, action[1])
		if !strings.Contains(form, `name="type" value="copy"`) || !strings.Contains(form, `name="older" value="1"`) {
			t.Errorf("a form does not lead back: %s", form)
		}
	}
	slices.Sort(actions)
	if want := []string{"comment", "decision", "links", "links/revoke", "tags", "tags"}; !slices.Equal(actions, want) {
		t.Errorf("the page has forms to %q, want %q", actions, want)
	}
	for _, path := range []string{"/link?type=copy&amp;version=1", "/change?do=rollback&amp;type=copy&amp;version=1"} {
		if !strings.Contains(p.body, id+path) {
			t.Errorf("the menu lacks %s", path)
		}
		if q := s.get(200, "ana", id+html.UnescapeString(path)); !strings.Contains(q.body, `href="./../`+id+`?type=copy&amp;version=1"`) {
			t.Errorf("%s does not lead back", path)
		}
	}
	made := s.send("ana", id+"/links", url.Values{"type": {"copy"}, "version": {"2"}, "days": {"7"}, "name": {"Eve"}, "can": {"comment"}})
	if !strings.Contains(made.body, `href="./../`+id+`?type=copy"`) {
		t.Errorf("the page of a review link does not lead back: %d %s", made.Code, made.text())
	}
	p = s.send("ana", id+"/change", url.Values{"type": {"copy"}, "do": {"rollback"}, "version": {"1"}, "revision": {fmt.Sprint(s.current(a.ID).Revision)}})
	if to := p.Header().Get("Location"); to != "./../"+id+"?type=copy" {
		t.Errorf("a rollback leads to %s: %s", to, p.text())
	}
}

// TestMissingCommentInTriage: who forgets the comment stays in triage.
func TestMissingCommentInTriage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.copyAsset("two")
	form := decisionForm(assets.ActionRequestChanges, a, "triage", "1", "done", "3", "of", "9", "type", "copy", "comment", " ")
	p := s.send("ana", string(a.ID)+"/decision", form)
	s.shows(p, "Say what should change. Nothing was sent.", "4 of 9")
	if p.Code != 422 || !strings.Contains(p.body, `name="triage" value="1"`) || !strings.Contains(p.body, `name="type" value="copy"`) {
		t.Errorf("%d: %s", p.Code, p.body)
	}
	s.add(a.ID, "three")
	if p = s.send("ana", string(a.ID)+"/decision", form); p.Code != 409 {
		t.Errorf("a newer version: %d", p.Code)
	}
}

// TestApprovedUnseen: what a page cannot show is approved only by those who say that they
// have looked at it, with scripts or without.
func TestApprovedUnseen(t *testing.T) {
	t.Parallel()
	var opts review.Options
	s := newSite(t, guestsDecide, withLinks, func(_ *assets.Config, o *review.Options) { opts = *o })
	deck := s.create(assets.TypeSlide, "Deck", assets.NewVersion{Content: strings.NewReader("%PDF-1.7\n"), Filename: "d.pdf"})
	picture := s.create(assets.TypeImage, "Hero", assets.NewVersion{Content: bytes.NewReader(pngOf(t, 9, 9)), Filename: "p.png"})
	const unseen = "Tick first that you have looked at the content."
	for name, tt := range map[string]struct {
		a     *assets.Asset
		more  []string
		shows string
	}{
		"a deck":            {deck, nil, "All assets"},
		"in triage":         {deck, []string{"triage", "1", "of", "9"}, "1 of 9"},
		"facts of pictures": {picture, []string{"look", "1"}, "Hero"},
	} {
		p := s.send("ana", string(tt.a.ID)+"/decision", decisionForm(assets.ActionApprove, tt.a, tt.more...))
		s.shows(p, unseen, tt.shows)
		if p.Code != 422 || !strings.Contains(p.body, `required aria-invalid="true"`) || s.current(tt.a.ID).ApprovedVersion != 0 {
			t.Errorf("%s: %d", name, p.Code)
		}
	}
	_, token := s.invite(deck, assets.LinkDecide)
	public := &site{t, s.lib, review.Public(s.lib, opts)}
	p := public.send("", "link/"+token, answerForm("approve", deck))
	public.shows(p, "Tick that you have looked at the content. Nothing was sent.")
	if p.Code != 422 || s.current(deck.ID).ApprovedVersion != 0 {
		t.Errorf("a guest: %d", p.Code)
	}
	if p = public.send("", "link/"+token, answerForm("approve", deck, "seen", "1")); p.Code != 303 || s.current(deck.ID).ApprovedVersion != 1 {
		t.Errorf("a guest who has looked: %d", p.Code)
	}
	if p = s.send("ana", string(picture.ID)+"/decision", decisionForm(assets.ActionApprove, picture, "look", "1", "seen", "1")); p.Code != 303 {
		t.Errorf("somebody who has looked: %d", p.Code)
	}
}
