package review_test

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

func pickOf(a *assets.Asset) string {
	return fmt.Sprintf("%s:%d:%s:%d", a.ID, a.Version, a.Content.SHA256, a.Revision)
}

var included = regexp.MustCompile(`autocomplete="off" name="pick" value="([^"]*)" checked`)

func TestSeveral(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one, two, three := s.copyAsset("First <text>."), s.copyAsset("Second text."), s.copyAsset("Third text.")
	file := s.create(assets.TypeBundle, "Files", assets.NewVersion{Content: bytes.NewReader(zipOf(t, "a", "b")), Filename: "f.zip"})
	long := s.create(assets.TypeCopy, "Long", assets.NewVersion{Text: strings.Repeat("long ", 9000)})
	picks := []string{pickOf(one), pickOf(two), pickOf(three), pickOf(file), pickOf(long), pickOf(one)}
	s.add(two.ID, "Newer text.")

	p := s.send("ana", "several", url.Values{"pick": picks, "campaign_id": {"spring"}})
	s.shows(p, "Decide about these 5 versions?", "First <text>.", "Newer text.", "Version 1, which you selected, is not the newest any more", "Third text.", "I have looked at version 1", "Open f.zip")
	var checked []string
	for _, found := range included.FindAllStringSubmatch(p.body, -1) {
		checked = append(checked, found[1])
	}
	if len(checked) != 2 || checked[0] != picks[0] || checked[1] != picks[2] {
		t.Errorf("included are %v", checked)
	}

	s.add(three.ID, "Newer third.")
	p = s.send("ana", "several", url.Values{"pick": {picks[0], picks[2]}, "seen": {picks[3]}, "confirm": {"1"}, "action": {"approve"}})
	s.shows(p, "2 approved, 1 not decided", "Tagline: nothing was decided", "Version 2 arrived while you were looking at version 1.", "Tagline: version 1 is approved", "Files: version 1 is approved", "Publishers get version 1 from now on")
	if strings.Index(p.text(), "nothing was decided") > strings.Index(p.text(), "is approved") {
		t.Error("what was refused is not first")
	}
	if s.current(three.ID).ApprovedVersion != 0 || s.current(one.ID).ApprovedVersion != 1 {
		t.Error("the wrong versions are approved")
	}

	p = s.send("ana", "several", url.Values{"pick": {pickOf(s.current(two.ID))}, "confirm": {"1"}, "action": {"request_changes"}, "comment": {" "}})
	s.shows(p, "Say what should change. Nothing was sent.")
	p = s.send("ana", "several", url.Values{"pick": {pickOf(s.current(two.ID))}, "confirm": {"1"}, "action": {"request_changes"}, "comment": {"Shorter."}})
	s.shows(p, "Changes to 1 requested, 0 not decided")
	if last := s.current(two.ID).LastReview; last.Comment != "Shorter." {
		t.Errorf("the last review is %+v", last)
	}
	if p = s.send("ana", "several", url.Values{}); p.Code != 303 {
		t.Errorf("nothing ticked: %d", p.Code)
	}
	for _, bad := range []string{"x", "a:b:c", string(one.ID) + ":0:x:1", string(one.ID) + ":1::1", string(one.ID) + ":1:x", string(one.ID) + ":1:x:y"} {
		if p = s.send("ana", "several", url.Values{"pick": {bad}}); p.Code != 400 {
			t.Errorf("%q: %d", bad, p.Code)
		}
	}
	if p = s.send("agent", "several", url.Values{"pick": picks, "confirm": {"1"}, "action": {"approve"}}); p.Code != 403 {
		t.Errorf("an agent: %d", p.Code)
	}
}

// TestSeveralByOthers: who may decide about nothing sees why, and no button that would be
// refused.
func TestSeveralByOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.copyAsset("First text.")
	for as, why := range map[string]string{
		"reader": "Your access does not include this decision",
		"agent":  "Agents cannot approve. Ask a person to open this page.",
	} {
		s.shows(s.get(200, as, ""), "Look through")
		s.lacks(s.get(200, as, ""), "Look through and decide")
		p := s.send(as, "several", url.Values{"pick": {pickOf(a)}})
		s.shows(p, "First text.", why, "Approve the included versions", "Request changes to them instead")
		if n := strings.Count(p.body, `aria-disabled="true" aria-describedby="why-not"`); n != 2 || strings.Contains(p.body, `name="action"`) || strings.Contains(p.body, `name="pick"`) {
			t.Errorf("%s: %d buttons are off: %s", as, n, p.body)
		}
	}
	s.shows(s.get(200, "ana", ""), "Look through and decide")
	s.lacks(s.send("ana", "several", url.Values{"pick": {pickOf(a)}}), `aria-disabled="true"`)
}

// boxOf returns the box of an asset on the page of several versions.
func (p page) boxOf(a *assets.Asset) string {
	return regexp.MustCompile(`<input type="checkbox"[^>]* value="` + regexp.QuoteMeta(pickOf(a)) + `"[^>]*>`).FindString(p.body)
}

// TestSeveralKeepsTicks: a form that lacks something comes back with all versions, and with
// the boxes as they were.
func TestSeveralKeepsTicks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one, two, changed, deck, other := s.copyAsset("First."), s.copyAsset("Second."), s.copyAsset("Third."), s.deck(), s.deck()
	form := url.Values{"confirm": {"1"}, "action": {"request_changes"}, "comment": {" "}, "pick": {pickOf(one), pickOf(changed)}, "seen": {pickOf(deck)}}
	for _, a := range []*assets.Asset{one, two, changed, deck, other} {
		form.Add("listed", pickOf(a))
	}
	changed = s.add(changed.ID, "Newer.")
	p := s.send("ana", "several", form)
	if p.Code != 422 {
		t.Fatalf("%d %s", p.Code, p.text())
	}
	for name, tt := range map[string]struct {
		asset  *assets.Asset
		field  string
		ticked bool
	}{
		"ticked": {one, "pick", true}, "not ticked": {two, "pick", false}, "newer since": {changed, "seen", false},
		"looked at": {deck, "seen", true}, "not looked at": {other, "seen", false},
	} {
		if box := p.boxOf(tt.asset); !strings.Contains(box, `name="`+tt.field+`"`) || strings.Contains(box, " checked") != tt.ticked {
			t.Errorf("%s: %q", name, box)
		}
		if !strings.Contains(p.body, `name="listed" value="`+pickOf(tt.asset)+`"`) {
			t.Errorf("%s: it is not listed", name)
		}
	}
	form["listed"] = []string{"x"}
	if p = s.send("ana", "several", form); p.Code != 400 {
		t.Errorf("a malformed list: %d", p.Code)
	}
}
