package reviewpage_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// createKind creates an asset of a type by an agent, which is submitted.
func (g *guests) createKind(kind assets.Type, title string) *assets.Asset {
	g.Helper()
	content := (&site{T: g.T}).content(kind, 1)
	made, err := g.lib.Create(g.Context(), actor("agent"), assets.NewAsset{Type: kind, Title: title, NewVersion: content})
	if err != nil {
		g.Fatal(err)
	}
	return made.Asset
}

// The choice of a guest to approve, and the box that says that they have looked.
const (
	choice = ".choices [value=approve]"
	looked = "[name=seen]"
)

func (p *tab) check(on string) {
	p.Helper()
	p.do("check", map[string]any{"on": on}, nil)
}

// TestVolumeGuestSeesWhatIsApproved: a guest approves no picture and no page that has not
// loaded, unless they say that they have looked at it elsewhere.
func TestVolumeGuestSeesWhatIsApproved(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	for name, tt := range map[string]struct {
		kind   assets.Type
		path   string
		status int // 0: there is no response
	}{
		"picture without a response": {assets.TypeImage, "/content", 0},
		"page of a busy server":      {assets.TypeBlog, "/preview", 503},
		"deck":                       {assets.TypeSlide, "/none", 0}, // not every browser shows it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.createKind(tt.kind, name)
			link := g.invite("ana", a, assets.LinkDecide)
			p := g.open(t, setting{})
			p.blockWith(tt.path, tt.status)
			p.visitURL(link.URL)
			p.wait(looked)
			if tt.kind != assets.TypeSlide {
				p.hearsAloud("The content did not load.")
				p.wait("#why-not")
			}
			p.check(choice)
			p.click(send)
			p.wait(looked + ":invalid:focus") // a browser goes to what is wrong with a form that it does not send
			if now := g.now(a); now.Revision != a.Revision {
				t.Errorf("an answer was recorded: %+v", now.LastReview)
			}
			p.check(looked)
			p.clickTo(send)
			p.shows("You approved version 1")
			if now := g.now(a); now.ApprovedVersion != 1 {
				t.Errorf("the status is %s", now.Status)
			}
		})
	}
	t.Run("comment", func(t *testing.T) { // one may comment on what was not seen
		t.Parallel()
		p := g.open(t, setting{})
		p.blockWith("/content", 0)
		p.visitURL(g.invite("ana", g.createKind(assets.TypeImage, "Comment"), assets.LinkDecide).URL)
		p.wait(looked)
		p.check(".choices [value=comment]")
		p.fill("#gc", "I see nothing.")
		p.clickTo(send)
		p.shows("You commented on version 1")
	})
	t.Run("late picture", func(t *testing.T) {
		t.Parallel()
		a := g.createKind(assets.TypeImage, "Late")
		link := g.invite("ana", a, assets.LinkDecide)
		p := g.open(t, setting{})
		p.visitURL(link.URL)
		p.check(".choices [value=comment]")
		p.fill("#gc", "Later.")
		p.clickTo(send)
		p.do("delay", map[string]any{"path": "/content"}, nil)
		p.clickTo("main .acts a")
		p.wait(choice + "[aria-disabled]")
		p.checkDisabled([]string{""}, "The content has not loaded yet.")
		if p.value(choice+":checked") != "" {
			t.Error("a picture that has not loaded can be approved")
		}
		p.do("release", map[string]any{"on": "img[data-content]"}, nil)
		p.wait(choice + ":not([aria-disabled])")
		p.check(choice)
		p.clickTo(send)
		p.shows("You approved version 1")
	})
}
