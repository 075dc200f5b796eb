package review_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// current returns an asset as it is.
func (s *site) current(id assets.ID) *assets.Asset {
	s.Helper()
	a, err := s.lib.Get(s.Context(), actors["ana"], id, assets.SelectCurrent)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func TestDecision(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, next := s.copyAsset("Spring is here."), s.copyAsset("Second.")
	p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a))
	to := p.Header().Get("Location")
	if p.Code != 303 || !strings.HasPrefix(to, "./../"+string(a.ID)+"/decided?") {
		t.Fatalf("%d %s", p.Code, to)
	}
	recorded := s.current(a.ID).Reviews[1]
	if recorded.Action != assets.ActionApprove || recorded.Via != assets.ViaReview || recorded.SHA256 != a.Content.SHA256 {
		t.Errorf("recorded is %+v", recorded)
	}
	receipt := s.get(200, "ana", strings.TrimPrefix(to, "./../"))
	s.shows(receipt, "Version 1 is approved", "Publishers get version 1 from now on", a.Content.SHA256, "Next in the queue", next.Title)
	if again := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, a)); again.Code != 303 || len(s.current(a.ID).Reviews) != 2 {
		t.Errorf("a second click: %d", again.Code)
	}
}

// TestDecisionIsSentTwice: a form that is sent again, by a second click or a reload, leads to
// the receipt of what it has recorded, and records nothing more. Another comment is another
// decision, which is refused.
func TestDecisionIsSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	form := decisionForm(assets.ActionRequestChanges, a, "revision", fmt.Sprint(a.Revision), "reason", "facts", "comment", " Shorter. ")
	first := s.send("ana", string(a.ID)+"/decision", form)
	again := s.send("ana", string(a.ID)+"/decision", form)
	if first.Code != 303 || again.Code != 303 || !strings.Contains(again.Header().Get("Location"), "/decided?action=request_changes") || len(s.current(a.ID).Reviews) != 2 {
		t.Errorf("%d to %s, then %d to %s", first.Code, first.Header().Get("Location"), again.Code, again.Header().Get("Location"))
	}
	s.add(a.ID, "Spring.")
	if p := s.send("ana", string(a.ID)+"/decision", form); p.Code != 303 {
		t.Errorf("after a newer version: %d", p.Code)
	}
	form.Set("comment", "Longer.")
	if p := s.send("ana", string(a.ID)+"/decision", form); p.Code != 409 {
		t.Errorf("another comment: %d", p.Code)
	}
	b := s.copyAsset("Second.")
	for range 2 {
		p := s.send("ana", "several", url.Values{"pick": {pickOf(b)}, "confirm": {"1"}, "action": {"request_changes"}, "comment": {"Shorter."}})
		s.shows(p, "Changes to 1 requested, 0 not decided")
	}
	if n := len(s.current(b.ID).Reviews); n != 2 {
		t.Errorf("%d reviews", n)
	}
}

// TestConflict: a decision about a version that is not the newest any more decides
// nothing. The page shows what changed, keeps the comment and has no decision on it.
func TestConflict(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("It lasts ten years.")
	s.add(a.ID, "It lasts fifteen years.")
	for _, action := range []assets.Action{assets.ActionApprove, assets.ActionRequestChanges} {
		p := s.send("ana", string(a.ID)+"/decision", decisionForm(action, a, "comment", "Say <twelve>.", "reason", "facts"))
		if p.Code != http.StatusConflict {
			t.Fatalf("%s: %d", action, p.Code)
		}
		s.shows(p, "Nothing was decided", "but version 2 arrived", "ten", "fifteen", "Say <twelve>.", "Look at version 2")
		s.lacks(p, `value="approve"`, `value="request_changes"`, "<twelve>.<")
		if !strings.Contains(p.body, "<del>ten</del>") || !strings.Contains(p.body, "<ins>fifteen</ins>") {
			t.Errorf("the change is not shown: %s", p.body)
		}
		if n := len(s.current(a.ID).Reviews); n != 2 {
			t.Errorf("%s recorded %d reviews", action, n)
		}
	}
	look := s.send("ana", string(a.ID), url.Values{"comment": {"Say <twelve>."}, "reason": {"facts"}})
	s.shows(look, "Say <twelve>.", "Approve version 2")
	if !strings.Contains(look.body, `value="facts" checked`) {
		t.Error("the reason is lost")
	}
	// The right number with another digest is refused too.
	newest := s.current(a.ID)
	newest.Content.SHA256 = a.Content.SHA256
	if p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionApprove, newest)); p.Code != http.StatusConflict {
		t.Errorf("another digest: %d", p.Code)
	}
}

func TestRequestChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionRequestChanges, a, "comment", "  ", "reason", "tone"))
	if p.Code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `aria-invalid="true"`) || !strings.Contains(p.body, `value="tone" checked`) {
		t.Errorf("without a comment: %d %s", p.Code, p.text())
	}
	s.shows(p, "Say what should change. Nothing was sent.", "Spring is here.")
	if strings.Contains(p.body, `href="./static`) {
		t.Error("the links are not relative to the address of the form")
	}
	if p := s.send("ana", string(a.ID)+"/decision", decisionForm(assets.ActionRequestChanges, a, "comment", "Shorter.\r\nPlease.", "reason", "tone", "reason", "facts")); p.Code != 303 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	if last := s.current(a.ID).LastReview; last.Comment != "Facts, Tone: Shorter.\nPlease." {
		t.Errorf("the comment is %q", last.Comment)
	}
}

// TestRefusedDecisions: what cannot be recorded is a page with its reason, and the words
// that were typed.
func TestRefusedDecisions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	path := string(a.ID) + "/decision"
	typed := decisionForm(assets.ActionApprove, a, "comment", "Well done.")
	for name, tt := range map[string]struct {
		page   page
		status int
		shows  []string
	}{
		"an agent":       {s.send("agent", path, typed), 403, []string{"You may not decide here", "writer", "Well done."}},
		"a reader":       {s.send("reader", path, typed), 403, []string{"your access does not include this", "Well done."}},
		"nobody":         {s.send("", path, typed), 401, []string{"You are not signed in", "Nothing was decided", "Well done.", "Sign in"}},
		"elsewhere":      {s.send("other", path, typed), 404, []string{"There is nothing here"}},
		"another site":   {s.send("ana", path, typed, "Sec-Fetch-Site", "cross-site"), 403, []string{"Nothing was decided", "a page of another site"}},
		"without digest": {s.send("ana", path, url.Values{"action": {"approve"}, "version": {"1"}}), 400, []string{"The form is incomplete"}},
		"no action":      {s.send("ana", path, decisionForm("burn", a)), 422, []string{"Nothing was changed"}},
		"not reopenable": {s.send("ana", path, decisionForm(assets.ActionReopen, a)), 409, []string{"Nothing was decided"}},
		"a huge form":    {s.send("ana", path, decisionForm(assets.ActionApprove, a, "comment", strings.Repeat("x", 300<<10))), 413, []string{"The form is too large"}},
		"a GET":          {s.send("ana", path, nil), 405, []string{"This does not work here"}},
	} {
		if tt.page.Code != tt.status {
			t.Errorf("%s: %d, want %d: %s", name, tt.page.Code, tt.status, tt.page.text())
		}
		s.shows(tt.page, tt.shows...)
	}
	if n := len(s.current(a.ID).Reviews); n != 1 {
		t.Errorf("%d reviews are recorded", n)
	}
}

// askField returns the value of a hidden field of the form that requests changes.
func (p page) askField(name string) string {
	_, markup, _ := strings.Cut(p.body, `id="ask"`)
	_, value, _ := strings.Cut(markup, `name="`+name+`" value="`)
	value, _, _ = strings.Cut(value, `"`)
	return value
}

// TestStaleRequest: somebody who requests changes to what waited does not withdraw an
// approval that was given since.
func TestStaleRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("Spring is here.")
	form := func() url.Values {
		p := s.get(200, "ana", string(a.ID))
		return decisionForm(assets.ActionRequestChanges, a, "comment", "Shorter.", "revision", p.askField("revision"))
	}
	stale := form()
	s.decide("ben", a.ID, assets.Decision{Action: assets.ActionApprove})
	p := s.send("ana", string(a.ID)+"/decision", stale)
	if p.Code != http.StatusPreconditionFailed || s.current(a.ID).ApprovedVersion != 1 {
		t.Fatalf("%d, approved is version %d", p.Code, s.current(a.ID).ApprovedVersion)
	}
	s.shows(p, "The asset has changed since you looked", "Shorter.")
	stale = form()
	s.add(a.ID, "Spring!")
	if p = s.send("ana", string(a.ID)+"/decision", stale); p.Code != http.StatusConflict {
		t.Errorf("a newer version: %d", p.Code)
	}
	stale.Set("revision", "x")
	if p = s.send("ana", string(a.ID)+"/decision", stale); p.Code != http.StatusBadRequest {
		t.Errorf("a malformed revision: %d", p.Code)
	}

	b := s.copyAsset("Second.")
	s.decide("ben", b.ID, assets.Decision{Action: assets.ActionApprove})
	p = s.send("ana", "several", url.Values{"pick": {pickOf(b)}, "confirm": {"1"}, "action": {"request_changes"}, "comment": {"Shorter."}})
	s.shows(p, "Changes to 0 requested, 1 not decided", "Somebody has approved it since", "Shorter.")
	if s.current(b.ID).ApprovedVersion != 1 {
		t.Error("the approval is withdrawn")
	}
	if p = s.send("ana", string(b.ID)+"/decision", decisionForm(assets.ActionRequestChanges, b, "comment", "No.", "revision", s.get(200, "ana", string(b.ID)).askField("revision"))); p.Code != 303 || s.current(b.ID).ApprovedVersion != 0 {
		t.Errorf("a withdrawal: %d", p.Code)
	}
}
