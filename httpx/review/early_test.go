package review_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
)

var madeField = regexp.MustCompile(`name="made" value="(\d{13})"`)

// made returns a value of the field made, some time before now.
func made(before time.Duration) string { return fmt.Sprint(time.Now().Add(-before).UnixMilli()) }

// soon is such a value for a form that comes at once, even if the test is held up a little.
func soon() string { return made(-500 * time.Millisecond) }

// TestEarlyDecision: a form that comes as soon as its page does is not a decision. The page
// comes again, with what was typed. A form that comes later, or does not say when its page
// was made, is one.
func TestEarlyDecision(t *testing.T) {
	t.Parallel()
	for _, action := range []assets.Action{assets.ActionApprove, assets.ActionRequestChanges, assets.ActionSubmit, assets.ActionReopen} {
		for place, more := range map[string][]string{"asset": nil, "triage": {"triage", "1", "done", "2", "of", "9"}} {
			s := newSite(t)
			a := s.copyAsset("one")
			switch action {
			case assets.ActionSubmit:
				s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
			case assets.ActionReopen:
				s.decide("ben", a.ID, assets.Decision{Action: assets.ActionArchive})
			}
			before := s.current(a.ID)
			form := decisionForm(action, a, append(more, "comment", "Shorter & warmer.")...)
			form.Set("made", soon())
			p := s.send("ana", string(a.ID)+"/decision", form)
			if now := s.current(a.ID); p.Code != 422 || now.Revision != before.Revision {
				t.Fatalf("%s, %s: status %d, revision %d", place, action, p.Code, now.Revision)
			}
			s.shows(p, "Nothing was decided. The click came as soon as the page was there")
			if action == assets.ActionRequestChanges {
				s.shows(p, "Shorter & warmer.")
			}
			if !madeField.MatchString(p.body) {
				t.Errorf("%s, %s: the page that comes again does not say when it was made", place, action)
			}
			for _, later := range []string{made(time.Second), "", "x"} {
				form.Set("made", later)
				p = s.send("ana", string(a.ID)+"/decision", form)
			}
			if now := s.current(a.ID); p.Code != 303 || now.Revision != before.Revision+1 {
				t.Errorf("%s, %s later: status %d, revision %d", place, action, p.Code, now.Revision)
			}
		}
	}
}

// TestEarlySeveral: the same for several versions. What was ticked and typed stays.
func TestEarlySeveral(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.copyAsset("one"), s.copyAsset("two")
	form := url.Values{
		"confirm": {"1"}, "action": {"approve"}, "listed": {pickOf(a), pickOf(b)}, "pick": {pickOf(b)}, "comment": {"Fine."}, "made": {soon()},
	}
	p := s.send("ana", "several", form)
	s.shows(p, "Nothing was decided. The click came as soon as the page was there", "Fine.")
	if p.Code != 422 || s.current(b.ID).ApprovedVersion != 0 || strings.Count(p.body, `"`+pickOf(b)+`" checked>`) != 1 || strings.Contains(p.body, `"`+pickOf(a)+`" checked>`) {
		t.Errorf("status %d: %s", p.Code, p.body)
	}
	form.Set("made", made(time.Second))
	if p := s.send("ana", "several", form); p.Code != 200 || s.current(b.ID).ApprovedVersion != 1 || s.current(a.ID).ApprovedVersion != 0 {
		t.Errorf("later: status %d", p.Code)
	}
}

// TestEarlyChange: the same for an archive, a deletion and a rollback.
func TestEarlyChange(t *testing.T) {
	t.Parallel()
	for _, do := range []string{"archive", "delete", "rollback"} {
		s := newSite(t)
		a := s.copyAsset("one")
		s.decide("ben", a.ID, assets.Decision{Action: assets.ActionRequestChanges, Comment: "No."})
		if do == "rollback" {
			s.add(a.ID, "two")
		}
		now := s.current(a.ID)
		shown := now.Versions[0]
		form := url.Values{
			"do": {do}, "version": {fmt.Sprint(shown.Number)}, "sha256": {shown.Content.SHA256}, "revision": {fmt.Sprint(now.Revision)},
			"comment": {"As agreed."}, "made": {soon()},
		}
		p := s.send("ana", string(a.ID)+"/change", form)
		s.shows(p, "Nothing was decided. The click came as soon as the page was there")
		if do != "delete" {
			s.shows(p, "As agreed.")
		}
		if later := s.current(a.ID); p.Code != 422 || later.Revision != now.Revision {
			t.Errorf("%s: status %d", do, p.Code)
		}
		form.Set("made", made(time.Second))
		if p := s.send("ana", string(a.ID)+"/change", form); p.Code != 303 {
			t.Errorf("%s later: status %d %s", do, p.Code, p.text())
		}
	}
}

// TestFormsSayWhenTheyWereMade: every form that decides has the time of its page.
func TestFormsSayWhenTheyWereMade(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("one")
	s.add(a.ID, "two")
	forms := regexp.MustCompile(`(?s)<form [^>]*action="[^"]*/(decision|several|change)"[^>]*>.*?</form>`)
	for name, p := range map[string]page{
		"asset": s.get(200, "ana", string(a.ID)), "triage": s.get(200, "ana", "triage"),
		"several":  s.send("ana", "several", url.Values{"pick": {pickOf(s.current(a.ID))}}),
		"archive":  s.get(200, "ana", string(a.ID)+"/change?do=archive"),
		"rollback": s.get(200, "ana", string(a.ID)+"/change?do=rollback&version=1"),
	} {
		found := forms.FindAllString(p.body, -1)
		for _, form := range found {
			if !madeField.MatchString(form) {
				t.Errorf("%s: %s", name, form)
			}
		}
		if len(found) == 0 {
			t.Errorf("%s has no form", name)
		}
	}
}
