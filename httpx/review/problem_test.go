package review_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx/review"
)

// fieldErrorTypes are all types of a field error.
var fieldErrorTypes = []string{
	assets.TypeMissing, assets.TypeMalformed, assets.TypeTooLong, assets.TypeTooShort, assets.TypeTooLarge, assets.TypeTooSmall,
	assets.TypeUnknownField, assets.TypeNotAllowed, assets.TypeDuplicate, assets.TypeWrong, assets.TypeReference, assets.TypeConflict,
}

// TestProblemsOfFields: the page of an error names the fields that are wrong, and says what is
// wrong with each, in the language of the page. It has what was typed into them.
func TestProblemsOfFields(t *testing.T) {
	t.Parallel()
	s := newSite(t, withLinks)
	id := string(s.copyAsset("one").ID)
	arabic := strings.Repeat("ع", 150) // the limit is in bytes
	tag := func(key, value string) url.Values { return url.Values{"do": {"add"}, "key": {key}, "value": {value}} }
	for name, tt := range map[string]struct {
		path  string
		form  url.Values
		shows []string
		kept  []string
	}{
		"key of a tag":   {id + "/tags", tag("Channel", "e-mail"), []string{"Key: A key has 1 to 64", "Key. It was not saved:"}, []string{"Channel", "e-mail"}},
		"value of a tag": {id + "/tags", tag("channel", strings.Repeat("x", 201)), []string{"Value: It is too long. It may have 200 characters."}, []string{"channel", strings.Repeat("x", 201)}},
		"name":           {id + "/links", inviteForm("name", arabic), []string{"Name: It is too long. It may have 200 bytes", "Name. It was not saved:"}, []string{arabic}},
		"comment":        {id + "/comment", url.Values{"version": {"1"}, "comment": {strings.Repeat("y", 4001)}}, []string{"Comment: It is too long. It may have 4,000 characters."}, []string{strings.Repeat("y", 4001)}},
		"filter":         {"?type=painting", nil, []string{"Type: It is none of the values that there are."}, nil},
	} {
		p := s.send("ana", tt.path, tt.form)
		if p.Code != 422 {
			t.Errorf("%s: %d", name, p.Code)
		}
		s.shows(p, tt.shows...)
		for _, text := range tt.kept {
			if !strings.Contains(p.body, ` readonly dir="auto">`+text+`</textarea>`) {
				t.Errorf("%s: %.20q is lost: %s", name, text, p.body)
			}
		}
		for _, language := range []string{"de", "ar"} {
			s.lacks(s.send("ana", tt.path, tt.form, "Accept-Language", language), "It ")
		}
	}
	s.lacks(s.send("ana", id+"/tags", url.Values{"do": {"remove"}, "key": {"Channel"}, "value": {"x"}}), "It was not saved")
	p := s.get(200, "ana", id)
	if !strings.Contains(p.body, `name="key" required maxlength="64" pattern="[a-z0-9][a-z0-9_.\-]*"`) {
		t.Error("the form does not say what a key is")
	}
}

// TestProblemsHaveTexts: there is a text for each type of a field error.
func TestProblemsHaveTexts(t *testing.T) {
	t.Parallel()
	texts := readCatalog(t, "en").Texts
	for _, typ := range fieldErrorTypes {
		if texts["problem."+typ] == "" {
			t.Errorf("there is no text for %s", typ)
		}
	}
}

// TestLongComments: a comment that is too long, with the reasons in front, is told as such in
// its form, and kept.
func TestLongComments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	long := strings.Repeat("é", 3995) // in a browser's field it fits
	check := func(p page, says string) {
		t.Helper()
		if p.Code != 422 || !strings.Contains(p.body, `aria-invalid="true"`) || !strings.Contains(p.body, long) {
			t.Errorf("%d: %s", p.Code, p.text())
		}
		s.shows(p, says)
		s.lacks(p, "Say what should change.", "Write a comment.")
	}
	check(s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionRequestChanges, a, "comment", long, "reason", "facts")), "it has 4002 characters. It may have 4,000. Nothing was sent.")
	long += "123456"
	several := url.Values{"pick": {pickOf(a)}, "confirm": {"1"}, "action": {"request_changes"}, "comment": {long}}
	check(s.send("ana", "several", several), "it has 4001 characters")
	g := newGuestSite(t)
	b := g.copyAsset("one")
	_, token := g.invite(b, assets.LinkComment)
	check(g.send("", "link/"+token, answerForm("comment", b, "comment", long)), "The comment has 4001 characters.")
	if n := len(s.current(a.ID).Reviews); n != 1 {
		t.Errorf("%d reviews", n)
	}
}

// TestReasonsAreTranslated: what the library refuses is told in the language of the page. Only
// a host's own rule is told in its own words.
func TestReasonsAreTranslated(t *testing.T) {
	t.Parallel()
	german := []string{"Accept-Language", "de"}
	undisclosed := newSite(t, func(c *assets.Config, _ *review.Options) { c.Approver = approval.Policy{RequireDisclosure: true} })
	a := undisclosed.copyAsset("one")
	id := string(a.ID)
	s := newGuestSite(t, guestsDecide)
	b := s.copyAsset("one")
	_, token := s.invite(b, assets.LinkDecide)
	s.decide("ana", b.ID, assets.Decision{Action: assets.ActionApprove})
	ruled := newSite(t, func(c *assets.Config, _ *review.Options) { c.Approver = approval.Policy{Rule: refuse} })
	c := ruled.copyAsset("one")
	pick := url.Values{"confirm": {"1"}, "action": {"approve"}, "pick": {pickOf(a)}}
	for name, tt := range map[string]struct {
		page  page
		shows string
	}{
		"bar":           {undisclosed.send("ana", id, nil, german...), "Sie sagt nicht, wie sie entstanden ist."},
		"decision":      {undisclosed.send("ana", id+"/decision", decisionForm(assets.ActionApprove, a), german...), "Sie lautet: Sie sagt nicht, wie sie entstanden ist."},
		"several":       {undisclosed.send("ana", "several", pick, german...), "Sie sagt nicht, wie sie entstanden ist."},
		"a wrong state": {undisclosed.send("ana", id+"/decision", decisionForm(assets.ActionReopen, a), german...), "Das ist nicht mehr möglich."},
		"guest":         {s.send("", "link/"+token, nil, german...), "Version 1 ist schon freigegeben."},
		"exports":       {undisclosed.send("ana", "exports?campaign_id=spring&type=copy&run_id=x", nil, german...), "Kampagne: spring Art: Text Lauf: x"},
		"own rule":      {ruled.send("ana", string(c.ID), nil, german...), "Legal <b>has to</b> clear it first"},
	} {
		if !strings.Contains(tt.page.text(), tt.shows) {
			t.Errorf("%s: the page lacks %q: %s", name, tt.shows, tt.page.text())
		}
		s.lacks(tt.page, "provenance", "is not allowed", "is approved", "campaign_id:")
	}
}
