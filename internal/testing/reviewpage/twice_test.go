package reviewpage_test

import (
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeDoubleClick: the second click of a double click decides nothing, by mouse and by
// touch, with scripts and without. A later click decides. The ordinary run has two of these
// ways.
func TestVolumeDoubleClick(t *testing.T) {
	t.Parallel()
	const approveButton = "[data-key=a]"
	for place, tt := range map[string]struct {
		show     func(*tab) // brings the page that has the first button
		first    string     // that button
		approved int        // by the first click
	}{
		"the queue": {on("", click(".pickable >> nth=0", ".pickable >> nth=1")), ".picked .dark", 0},
		"triage":    {on("triage"), approveButton, 1},
		"conflict": {func(p *tab) {
			p.visit("triage")
			p.site.regenerate(p.look().ID)
			p.clickTo(approveButton)
		}, "[data-key=o]", 0},
		"the receipt": {on("triage", func(p *tab) {
			p.visit(string(p.look().ID))
			p.clickTo(approveButton)
		}), "[data-key=o]", 1},
	} {
		ways := map[string]setting{"mouse": {}, "touch without scripts": {touch: true, width: 390, noScripts: true}}
		if everything() {
			ways["touch"], ways["mouse without scripts"] = setting{touch: true, width: 390, reduced: true}, setting{noScripts: true}
		}
		for name, how := range ways {
			t.Run(place+" by "+name, func(t *testing.T) {
				t.Parallel()
				getBrowser(t)
				s := newSite(t, plan{})
				for i := range 3 {
					s.create(assets.TypeCopy, "Mail "+itoa(i), s.content(assets.TypeCopy, i))
				}
				how.who = "Mara"
				p := s.open(t, how)
				tt.show(p)
				p.do("twice", map[string]any{"on": tt.first, "then": approveButton, "touch": how.touch}, nil)
				if n := s.countApproved(); n != tt.approved {
					t.Errorf("%d are approved, want %d", n, tt.approved)
				}
				p.clickTo(approveButton)
				if n := s.countApproved(); n <= tt.approved {
					t.Errorf("a later click leaves %d approved", n)
				}
			})
		}
	}
}

// countApproved returns how many assets are approved.
func (s *site) countApproved() (n int) {
	s.Helper()
	for _, err := range s.lib.All(s.Context(), actor("Ana"), assets.Query{Perspective: assets.PerspectiveApproved}) {
		if err != nil {
			s.Fatal(err)
		}
		n++
	}
	return n
}
