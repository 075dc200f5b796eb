package reviewpage_test

import (
	"fmt"
	"testing"
	"time"

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
// the page of an asset ask for news now and then: not more often than every five seconds.
func TestVolumeNewsWithoutStream(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	var asset, queue []*tab
	began := time.Now()
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
		for _, p := range []*tab{asset[i], queue[i]} {
			got, most := p.close().Asked, int(time.Since(began)/(5*time.Second))+1
			if got < 1 || got > most {
				t.Errorf("it was asked %d times, want 1 to %d", got, most)
			}
		}
	}
}

// TestVolumeNewsOfABadProxy: a stream that is cut again and again is given up, the page asks
// also if a stream neither opens nor fails, what is no response to it is passed over, and it
// asks no more where there is nothing for it.
func TestVolumeNewsOfABadProxy(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	id := string(s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1)).ID)
	const hurry = `
		const later = setTimeout, noted = () => document.documentElement.dataset;
		let asked = 0, cuts = 0;
		window.setTimeout = (f, ms) => later(f, ms / 20);
		const responding = (body, status) => { window.fetch = async () => { noted().asked = ++asked; return new Response(body, { status }); }; };`
	const silent = `
		window.EventSource = class { readyState = 0; close() { noted().closed = asked; } };`
	for name, tt := range map[string]struct{ script, until string }{
		"cut again and again": {hurry + `
			responding("{}", 200);
			window.EventSource = class {
				constructor() {
					this.cutting = setInterval(() => {
						this.readyState = 1;
						this.onopen();
						this.readyState = 0;
						cuts++;
						this.onerror();
					}, 10);
				}
				close() { clearInterval(this.cutting); noted().closed = cuts; }
			};`, "[data-closed='4']"},
		"neither opens nor fails":           {hurry + silent + `responding("{}", 200);`, "[data-asked='2']"},
		"what is no JSON":                   {hurry + silent + `responding("<p>Busy.</p>", 200);`, "[data-asked='3']"},
		"a page that is gone":               {hurry + silent + `responding("{}", 404);`, "[data-closed='1']"},
		"somebody who was signed out":       {hurry + silent + `responding("", 401);`, "[data-closed='1']"},
		"somebody who may see it no more":   {hurry + silent + `responding("", 403);`, "[data-closed='1']"},
		"a server that is busy for a while": {hurry + silent + `responding("{}", 503);`, "[data-asked='3']"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := s.open(t, setting{who: "Mara", news: true})
			p.do("before", map[string]any{"script": tt.script}, nil)
			p.visit(id)
			p.wait("html" + tt.until)
		})
	}
}

// TestVolumeSeveralUnseen: of several versions those are left out, without a complaint, of
// which nobody has said that they have looked at them.
func TestVolumeSeveralUnseen(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	text, deck := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1)), s.create(assets.TypeSlide, "Deck", s.content(assets.TypeSlide, 1))
	p := s.open(t, setting{who: "Mara"})
	several := func() {
		p.visit("")
		for i := range 2 {
			p.click(".pickable >> nth=" + itoa(i))
		}
		p.clickTo(".picked .dark")
	}
	several()
	p.clickTo("[data-key=a]")
	p.shows("1 approved, 0 not decided")
	if s.get(text.ID).ApprovedVersion != 1 || s.get(deck.ID).ApprovedVersion != 0 {
		t.Error("the wrong version is approved")
	}
	text = s.create(assets.TypeCopy, "Another", s.content(assets.TypeCopy, 2))
	several()
	p.check(".it [name=seen]")
	p.clickTo("[data-key=a]")
	p.shows("2 approved, 0 not decided")
	if s.get(text.ID).ApprovedVersion != 1 || s.get(deck.ID).ApprovedVersion != 1 {
		t.Error("a version that was looked at is not approved")
	}
}

// TestVolumeGuestDecidesMeanwhile: the queue says that a guest is one.
func TestVolumeGuestDecidesMeanwhile(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Mail", s.content(assets.TypeCopy, 1))
	p := s.open(t, setting{who: "Mara", news: true})
	p.do("before", map[string]any{"script": fmt.Sprintf(`
		window.EventSource = class {
			constructor() {
				const data = { asset_id: %q, version: 1, status: "approved", by: "guest:Eve" };
				setTimeout(() => this.onmessage({ data: JSON.stringify({ data }) }));
			}
			close() {}
		};`, a.ID)}, nil)
	p.visit("")
	p.wait(`.meanwhile:has-text("Eve (by a link)"):not(:has-text("guest:"))`)
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
