package reviewpage_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets"
)

// TestVolumeOnlyWhatIsShownIsApproved: when a picture or a page does not load, somebody has
// to say that they have looked at it elsewhere. A page of an error has not loaded.
func TestVolumeOnlyWhatIsShownIsApproved(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	for name, tt := range map[string]struct {
		kind   assets.Type
		path   string
		status int // 0: there is no response
	}{
		"picture without a response": {assets.TypeImage, "/content", 0},
		"page without a response":    {assets.TypeBlog, "/preview", 0},
		"page of a busy server":      {assets.TypeBlog, "/preview", 503},
		"page of a fault":            {assets.TypeBlog, "/preview", 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.create(tt.kind, name, s.content(tt.kind, 1))
			p := s.open(t, setting{who: "Mara"})
			p.blockWith(tt.path, tt.status)
			p.visit(string(a.ID))
			p.wait("[name=seen]")
			p.hearsAloud("The content did not load.")
		})
	}
	a := s.create(assets.TypeBlog, "Post", s.content(assets.TypeBlog, 2))
	p := s.open(t, setting{who: "Mara"})
	p.visit(string(a.ID))
	p.wait("[data-key=a]:not([aria-disabled])")
	if p.value("[name=seen]:visible") != "" {
		t.Error("a page that has loaded must be looked at elsewhere")
	}
}

// TestVolumeLatePictureAfterNews: a picture that loads after a newer version has come does
// not let the older one be approved.
func TestVolumeLatePictureAfterNews(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeImage, "Late", s.content(assets.TypeImage, 1))
	p := s.open(t, setting{who: "Mara", news: true})
	p.visit("?layout=list")
	p.do("delay", map[string]any{"path": "/versions/1/content"}, nil)
	p.clickTo("a.open")
	p.wait("[data-key=a][aria-disabled]")
	s.regenerate(a.ID)
	p.wait("#news:not([hidden])")
	p.do("release", map[string]any{"on": "img[data-content]"}, nil)
	p.wait("[data-key=a][aria-disabled]")
	if got := p.look(); len(got.Disabled) == 0 {
		t.Errorf("version 1 can be approved: %q", got.Buttons)
	}
}

// TestVolumeNewsWithoutStream: if a proxy refuses or cuts the stream of events, the queue and
// the page of an asset ask for news now and then.
func TestVolumeNewsWithoutStream(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	var asset, queue []*tab
	for _, status := range []int{404, 0} { // refused, and cut
		open := func(path string) *tab {
			p := s.open(t, setting{who: "Mara", news: true})
			p.do("block", map[string]any{"path": "/events", "status": status, "accept": "text/event-stream"}, nil)
			p.visit(path)
			return p
		}
		asset, queue = append(asset, open(string(a.ID))), append(queue, open(""))
	}
	s.regenerate(a.ID)
	s.create(assets.TypeCopy, "Another", s.content(assets.TypeCopy, 2))
	for i := range asset {
		asset[i].wait("#news:not([hidden])")
		asset[i].checkDisabled([]string{"Approve version 1"}, "Version 2 has arrived. What is on the screen can no longer be approved.")
		queue[i].wait("#news:not([hidden])")
		queue[i].hearsAloud("1 more waits.")
	}
}

// TestVolumePrintIsDarkOnLight: also for people who read in the dark.
func TestVolumePrintIsDarkOnLight(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Copy", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara", dark: true})
	p.visit(string(a.ID))
	for _, on := range []string{"h1", ".text", ".strip .by"} {
		var scheme, ink struct{ Value string }
		p.do("printed", map[string]any{"on": on, "style": "colorScheme"}, &scheme)
		p.do("printed", map[string]any{"on": on, "style": "color"}, &ink)
		var r, g, b int
		if _, err := fmt.Sscanf(ink.Value, "rgb(%d, %d, %d)", &r, &g, &b); err != nil || scheme.Value != "light" || r+g+b > 300 {
			t.Errorf("%s: %s in the scheme %s, %v", on, ink.Value, scheme.Value, err)
		}
	}
}
