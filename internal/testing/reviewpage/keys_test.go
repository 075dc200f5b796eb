package reviewpage_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// TestVolumeLettersCanBeSwitchedOff: no letter decides. After letters were switched off, no
// letter does anything, on any page, also after a reload and in other tabs, and the switch
// is found without a letter.
func TestVolumeLettersCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	for i := range 3 {
		s.create(assets.TypeCopy, "Mail "+itoa(i), s.content(assets.TypeCopy, i))
	}
	id := string(s.find("Mail 1").ID)
	letters := []string{"a", "c", "j", "k", "o", "r", "u", "x", "t", "/", "?"}
	p := s.open(t, setting{who: "Mara"})
	p.visit(id)
	p.press("a")
	got := p.look()
	p.hears("Approve version 1? Press Enter to decide, Escape to step back.")
	if got.Focus != "a" {
		t.Errorf("a leads to %q", got.Focus)
	}
	p.press("Escape")
	if got := p.look(); got.Focus == "a" || s.get(assets.ID(id)).LastReview.Action != assets.ActionSubmit {
		t.Errorf("after Escape the focus is on %q", got.Focus)
	}
	p.click(".top .menu summary")
	p.click(".top .menu [data-keys]")
	p.click("#letters")
	p.click("#keys button")
	for _, path := range []string{id, "", "triage", id + "?view=text"} {
		p.visit(path)
		before := p.look()
		for _, letter := range letters {
			p.press(letter)
			if now := p.look(); now.URL != before.URL || now.Focus != before.Focus || now.Text != before.Text {
				t.Errorf("%q: %s does something: %q, %q", path, letter, now.URL, now.Focus)
			}
		}
	}
	p.visit("help")
	p.click(".top .menu summary")
	p.click(".top .menu [data-keys]")
	p.click("#letters")
	p.click("#keys button")
	p.visit(id)
	p.press("a")
	if got := p.look(); got.Focus != "a" {
		t.Errorf("letters cannot be switched on again: %q", got.Focus)
	}
}

// TestVolumeFieldsTakeLetters: in a field, with a modifier, and while a list is open,
// letters are only letters. A held key decides nothing.
func TestVolumeFieldsTakeLetters(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara"})
	p.visit(string(a.ID))
	p.press("r", "a", "j", "u", "Escape")
	p.wait("[data-key=r]:focus")
	if got := p.look(); got.URL != s.url+string(a.ID) || got.Focus != "r" {
		t.Errorf("letters in a field lead to %s, the focus to %q", got.URL, got.Focus)
	}
	p.press("Control+a", "Alt+a")
	if got := p.look(); got.Focus == "a" {
		t.Error("a letter with a modifier is a shortcut")
	}
	p.press("a")
	p.do("hold", map[string]any{"key": "Enter"}, nil)
	if got := p.look(); got.URL != s.url+string(a.ID) {
		t.Errorf("a held key leads to %s", got.URL)
	}
	if got := s.get(a.ID); got.ApprovedVersion != 0 {
		t.Error("a held key approves")
	}
}

// TestVolumeFormIsDismissed: the form that requests changes gives the focus back to its
// button, unless somebody clicks into another field: what is typed then is in that field.
func TestVolumeFormIsDismissed(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara"})
	p.visit("")
	p.clickTo("a.open") // which gives the heading the focus
	for _, dismiss := range []func(*tab){press("Escape"), click("#ask [popovertarget]")} {
		p.press("r")
		p.wait("#why:focus")
		dismiss(p)
		p.wait("[data-key=r]:focus")
	}
	p.press("r")
	p.wait("#why:focus")
	p.click("#q")
	p.press("s", "o", "f", "a")
	if got := p.look(); got.Focus != "q" || p.value("#q") != "sofa" {
		t.Errorf("%q is typed, the focus is on %q", p.value("#q"), got.Focus)
	}
	p.pressTo("Enter")
	if got := s.get(a.ID); got.ApprovedVersion != 0 {
		t.Error("what was typed approves")
	}
}

// TestVolumeSelectAll: what somebody else has decided meanwhile is not selected with the others.
func TestVolumeSelectAll(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	for i := range 3 {
		s.create(assets.TypeCopy, "Mail "+itoa(i), s.content(assets.TypeCopy, i))
	}
	p := s.open(t, setting{who: "Mara", news: true})
	p.visit("")
	s.create(assets.TypeCopy, "Mail 3", s.content(assets.TypeCopy, 3))
	p.wait("#news:not([hidden])") // the page is told what happens from now on
	s.decide("Ben", s.find("Mail 1"), assets.ActionApprove, "")
	p.wait(".overtaken")
	p.click("[data-all]")
	p.hearsAloud("2 selected")
	p.clickTo(".picked .dark")
	if text := p.look().Text; !strings.Contains(text, "these 2 versions?") || strings.Contains(text, "Mail 1") {
		t.Errorf("the page is about %s", text)
	}
}

// TestVolumeResultsAreAnnounced: each result is in an element that assistive technology
// announces, or has the focus.
func TestVolumeResultsAreAnnounced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		show func(*tab)
		says string
	}{
		"approval":        {at(mail, "", approve), "Version 3 is approved"},
		"request":         {at(mail, "", press("r"), fill("#why", "Shorter."), clickTo("#ask .dark")), "Changes to version 3 are requested"},
		"withdrawal":      {at(facts, "", click("[data-key=r]"), fill("#why", "Wrong."), clickTo("#ask .dark")), "Changes to version 1 are requested"},
		"missing comment": {at(mail, "", press("r"), fill("#why", " "), clickTo("#ask .dark")), "Say what should change. Nothing was sent."},
		"conflict":        {at(mail, "", func(p *tab) { p.site.rewrite(mail) }, approve), "Nothing was decided"},
		"selection":       {on("", click(".pickable >> nth=0", ".pickable >> nth=1")), "2 selected"},
		"several":         {on("", click(".pickable >> nth=0"), clickTo(".picked .dark"), clickTo("[data-key=a]")), "1 approved, 0 not decided"},
		"one by one":      {on("triage", approve), "Recorded: your approval of version"},
		"news":            {at(mail, "", func(p *tab) { p.site.rewrite(mail) }, wait("#news:not([hidden])")), "Version 4 has arrived."},
		"not loaded":      {func(p *tab) { p.block("/content"); at(hero, "", wait("[name=seen]"))(p) }, "The content did not load."},
		"export":          {on("exports", clickTo("form.block .dark")), "The export is complete."},
		"wrong key":       {on("sign-in", fill("#key", "nobody"), clickTo(".dark")), "This is not the key of anybody here."},
		"error":           {at(mail, "", become("reader"), approve), "You may not do this here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getBrowser(t)
			p := newSite(t, *changing).open(t, setting{who: "Mara", news: name == "news"})
			tt.show(p)
			p.hears(tt.says)
		})
	}
}

// TestVolumeMotion: for those who have nothing against motion, only colours and the turn of
// a mark move, for at most 140 ms.
func TestVolumeMotion(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{policy: approval.Policy{}, campaign: true})
	p := s.open(t, setting{who: "Mara"})
	for _, show := range []func(*tab){on(""), at(mail, ""), at(hero, "?view=swipe"), on("triage")} {
		show(p)
		p.audit()
	}
}
