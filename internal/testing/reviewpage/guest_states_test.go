package reviewpage_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
)

// TestVolumeGuestAccessibility: axe finds nothing on the pages of guests, nothing is wider
// than the window, and targets have 24 pixels.
func TestVolumeGuestAccessibility(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	g := newGuests(t, approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true})
	a := g.create("Spring is here. Bring the chairs out.\n\nThe light is back, and so are the long evenings.")
	pages := map[string]string{"guest": g.invite("ana", a, assets.LinkDecide).URL, "comment": g.invite("ana", a, assets.LinkComment).URL}
	done := g.invite("ben", g.create("Autumn is here."), assets.LinkDecide)
	token := tokenOf(done)
	pages["done"] = done.URL
	if _, err := g.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: assets.ActionRequestChanges, Comment: "Shorter."}); err != nil {
		t.Fatal(err)
	}
	revoked := g.invite("ana", a, assets.LinkDecide)
	g.revoke(revoked)
	pages["withdrawn"] = revoked.URL
	newer := g.create("Summer is here.")
	pages["overtaken"] = g.invite("ana", newer, assets.LinkDecide).URL
	g.add(newer)
	short, err := g.lib.CreateReviewLink(t.Context(), actor("ana"), a.ID, assets.NewReviewLink{Name: "Eve Weber", ExpiresIn: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	g.clock.Advance(time.Minute)
	pages["expired"] = short.URL
	self := g.createAs("ana", "Winter is here.")
	pages["self"] = g.invite("ana", self, assets.LinkDecide).URL
	pages["unseen"] = g.invite("ana", g.createKind(assets.TypeSlide, "Spring for partners"), assets.LinkDecide).URL
	pages["missing"] = g.invite("ana", g.createKind(assets.TypeBlog, "Why we build with ash"), assets.LinkDecide).URL
	pages["broken"] = g.invite("ana", g.createKind(assets.TypeImage, "Hero, living room"), assets.LinkDecide).URL
	more := map[string]func(*tab){
		"unseen": func(p *tab) { p.check(choice) },
		"missing": func(p *tab) {
			p.check(".choices [value=request_changes]")
			p.clickTo(send)
			p.wait("#gc-bad")
		},
		"broken": func(p *tab) { p.wait(looked) },
	}
	folder := os.Getenv("ASSETS_TEST_SHOTS")
	for i, name := range slices.Sorted(maps.Keys(pages)) {
		for _, v := range looksAt(i, folder != "") {
			t.Run("guest-"+name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				p := g.open(t, setting{language: v.language, dark: v.dark, width: v.width, reduced: true})
				if name == "broken" {
					p.block("/content")
				}
				p.visitURL(pages[name])
				if act := more[name]; act != nil {
					act(p)
				}
				p.audit()
				if more[name] != nil || name == "guest" {
					p.tabThrough()
				}
				if folder != "" && v.language == "en" {
					p.do("shoot", map[string]any{"path": filepath.Join(folder, fmt.Sprintf("guest-%s-%s.png", name, v.String()[len("en-"):]))}, nil)
				}
			})
		}
	}
}
