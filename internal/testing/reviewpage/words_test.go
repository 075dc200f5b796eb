package reviewpage_test

import (
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeWordsComeBack: what was typed is there again after a sign-in, whatever form it was
// typed into, and is gone once it is recorded.
func TestVolumeWordsComeBack(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	for name, tt := range map[string]struct {
		form         func(*tab, string) // shows the form, which is closed
		open         string             // opens it
		field, send  string
		emptyIsThere bool // the form is there after it was sent
	}{
		"comment": {func(p *tab, id string) { p.visit(id) }, "[aria-labelledby=talk] summary", "#remark", "[action$='/comment'] button", true},
		"several": {func(p *tab, _ string) { on("", click(".pickable"), clickTo(".picked .dark"))(p) }, ".bulk summary", "#why", ".bulk .more .dark", true},
		"archive": {func(p *tab, id string) { p.visit(id + "/change?do=archive") }, "", "#why", ".card2 .dark", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, plan{})
			id := string(s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1)).ID)
			s.create(assets.TypeCopy, "Other mail", s.content(assets.TypeCopy, 2))
			p := s.open(t, setting{who: "Mara"})
			tt.form(p, id)
			if tt.open != "" {
				p.click(tt.open)
			}
			p.fill(tt.field, "Ask the workshop.")
			p.become("")
			p.clickTo(tt.send)
			p.become("Mara")
			tt.form(p, id)
			p.wait(tt.field) // is seen
			if got := p.value(tt.field); got != "Ask the workshop." {
				t.Errorf("after a sign-in there is %q", got)
			}
			p.clickTo(tt.send)
			if last := s.get(assets.ID(id)).Reviews; last[len(last)-1].Comment != "Ask the workshop." {
				t.Errorf("recorded is %+v", last)
			}
			if tt.emptyIsThere {
				tt.form(p, id)
				if got := p.value(tt.field); got != "" {
					t.Errorf("after it is recorded there is %q", got)
				}
			}
		})
	}
}

// TestVolumeWordsAreForgotten: what was typed is found by nobody else in the same tab, and by
// nobody once the person has signed out.
func TestVolumeWordsAreForgotten(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	id := string(s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1)).ID)
	p := s.open(t, setting{who: "Mara"})
	kept := func(who, want string) {
		t.Helper()
		p.become(who)
		p.visit(id)
		if got := p.value("#remark"); got != want {
			t.Errorf("%s finds %q, want %q", who, got, want)
		}
	}
	p.visit(id)
	p.click("[aria-labelledby=talk] summary")
	p.fill("#remark", "Between us.")
	kept("Ben", "")
	kept("Mara", "Between us.")
	p.click(".top .menu summary")
	p.clickTo("[data-out] button")
	kept("Mara", "")
}
