package reviewpage_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// narrowest is the width of a window in pixels at which nothing scrolls to the side (WCAG
// 1.4.10).
const narrowest = 320

// TestVolumeNarrowest: in the narrowest window nothing is lost, in any language.
func TestVolumeNarrowest(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, *changing)
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	link := g.invite("ana", g.create("Spring is here. Bring the chairs out."), assets.LinkDecide).URL
	for _, language := range []string{"en", "de", "ar"} {
		how := setting{who: "Mara", language: language, width: narrowest, reduced: true}
		for name, show := range map[string]func(*tab){
			"queue": on("", click(".card:nth-child(1) .pickable")), "list": on("?layout=list"), "asset": at(mail, ""), "request": at(mail, "", press("r"), wait("#why:focus")),
			"changes": at(mail, "?view=changes"), "image": at(hero, "?view=side"), "bundle": at(landing, ""), "one by one": on("triage"),
		} {
			t.Run(language+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := s.open(t, how)
				show(p)
				p.audit()
			})
		}
		t.Run(language+"/guest", func(t *testing.T) {
			t.Parallel()
			p := g.open(t, how)
			p.visitURL(link)
			p.audit()
		})
	}
}

// TestVolumeForcedColours: where the system chooses the colours, buttons have a border that is
// seen, and an outline while they have the focus.
func TestVolumeForcedColours(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, *changing)
	for name, show := range map[string]func(*tab){
		"asset": at(mail, ""), "older": at(mail, "?version=1"), "queue": on("", press("j", "x"), wait(".picked .btn")), "several": on("", click(".pickable"), clickTo(".picked .dark")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := s.open(t, setting{who: "Mara", forced: true, reduced: true})
			show(p)
			var got struct {
				Seen int
				Bare []string
			}
			p.do("bare", map[string]any{"on": ".decide .btn, .picked .btn"}, &got)
			if got.Seen < 2 || len(got.Bare) > 0 {
				t.Errorf("of %d buttons these have no border, or no outline: %q", got.Seen, got.Bare)
			}
			p.audit()
		})
	}
}
