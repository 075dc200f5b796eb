package reviewpage_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// TestVolumeGuestKeepsWords: what a guest has typed is still there behind the links of the page
// itself, and when they come back. It is forgotten when it was recorded.
func TestVolumeGuestKeepsWords(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	ways := map[string]struct {
		kind  assets.Type
		link  string
		field bool // the page to which the link leads has the field
	}{
		"view": {assets.TypeBlog, ".paper .seg a:not([aria-current])", true},
		"file": {assets.TypeBundle, ".members a", true},
	}
	if everything() { // the small browser shows no PDF
		ways["PDF"] = struct {
			kind  assets.Type
			link  string
			field bool
		}{assets.TypeSlide, ".cut a", false}
	}
	const words = "The second line is too long."
	for name, tt := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link := g.invite("ana", g.createKind(tt.kind, name), assets.LinkComment)
			p := g.open(t, setting{})
			p.visitURL(link.URL)
			p.fill("#gc", words)
			p.clickTo(tt.link)
			if got := p.value("#gc"); tt.field && got != words {
				t.Errorf("behind the link the field has %q", got)
			}
			p.backTo()
			if got := p.value("#gc"); got != words {
				t.Errorf("after Back the field has %q", got)
			}
			p.clickTo(send)
			p.shows("your answer is recorded")
			p.visitURL(link.URL)
			if got := p.value("#gc"); got != "" {
				t.Errorf("what was recorded is kept: %q", got)
			}
		})
	}
}
