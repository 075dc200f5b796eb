package reviewpage_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/internal/testing/testproc"
)

// TestGuestsTokenIsNotLogged: what the Library and the page log when the store fails, while
// a link is opened and while it is used, names the link, but never its token.
func TestGuestsTokenIsNotLogged(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	a := g.create("Spring is here.")
	link := g.invite("ana", a, assets.LinkDecide)
	path, form := "link/"+tokenOf(link), "answer=approve&version=1&sha256="+a.Content.SHA256
	send := func(method, path, form string, status int) {
		t.Helper()
		if body, got, _ := g.send(method, path, form); got != status {
			t.Errorf("%s: %d, want %d: %.200s", method, got, status, body)
		}
	}
	g.store.unreadable.Store(true)
	send("GET", path, "", 503)
	send("GET", path+"/content", "", 503)
	g.store.unreadable.Store(false)
	g.store.down.Store(true)
	send("GET", path, "", 200) // its use is not recorded
	send("POST", path, form, 503)
	g.store.down.Store(false)
	g.checkRecorded(a, "")
	send("POST", path, form, 303)
	g.checkRecorded(a, assets.ActionApprove)
	g.checkSecret(link)
	g.mu.Lock()
	defer g.mu.Unlock()
	if log := g.log.String(); strings.Count(log, "level=ERROR") < 3 || !strings.Contains(log, "the use of a review link was not recorded") || !strings.Contains(log, string(link.ID)) {
		t.Errorf("the failures are not in the log:\n%s", log)
	}
}

// behindCache returns the URL of an nginx in front of a server that caches every response
// for an hour, unless the response forbids it.
func behindCache(t *testing.T, origin string) string {
	t.Helper()
	return testproc.Nginx(t, "proxy_cache_path kept keys_zone=all:1m;", `location / {
      proxy_pass `+origin+`;
      proxy_cache all;
      proxy_cache_valid any 1h;
      proxy_cache_revalidate on;
      add_header X-Cache $upstream_cache_status always;
    }`)
}

// fromOrigin sends a request through the cache, whose response must have a status and not
// come from the cache, and returns the body.
func fromOrigin(g *guests, status int, method, path, form string, header ...string) string {
	g.Helper()
	body, got, h := g.send(method, path, form, header...)
	if got != status {
		g.Errorf("%s %s: %d, want %d: %.200s", method, path, got, status, body)
	}
	if from := h.Get("X-Cache"); from != "MISS" && (method == http.MethodGet || from != "") {
		g.Errorf("%s %s: the response comes from the cache: %q", method, path, from)
	}
	return body
}

var staticFile = regexp.MustCompile(`href="[./]*(static/[^"]+)"`)

// TestGuestPagesAreNotCached: behind an nginx that caches whatever it may, each person gets
// the page of their own link, as it is now; only files that are the same for all are cached.
func TestGuestPagesAreNotCached(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	a := g.create("Spring is here.")
	eve := g.invite("ana", a, assets.LinkDecide)
	other, err := g.lib.CreateReviewLink(t.Context(), actor("ben"), a.ID, assets.NewReviewLink{Name: "Max Klein"})
	if err != nil {
		t.Fatal(err)
	}
	g.url = behindCache(t, strings.TrimSuffix(g.url, prefix+"/")) + prefix + "/"
	first, second := "link/"+tokenOf(eve), "link/"+tokenOf(other)
	for range 2 {
		for path, names := range map[string][2]string{first: {"Eve Weber", "Max Klein"}, second: {"Max Klein", "Eve Weber"}} {
			body := fromOrigin(g, 200, "GET", path, "")
			if !strings.Contains(body, names[0]) || strings.Contains(body, names[1]) {
				t.Errorf("the page of %s: %s", names[0], body)
			}
			fromOrigin(g, 200, "GET", path+"/content", "")
			fromOrigin(g, 200, "GET", path+"/preview", "")
		}
		fromOrigin(g, 404, "GET", first+"x", "")
	}
	found := staticFile.FindStringSubmatch(fromOrigin(g, 200, "GET", first, ""))
	if found == nil {
		t.Fatal("the page has no style")
	}
	g.send("GET", found[1], "")
	if _, status, h := g.send("GET", found[1], ""); status != 200 || h.Get("X-Cache") != "HIT" {
		t.Errorf("the cache works for nothing: %d, %q", status, h.Get("X-Cache"))
	}
	fromOrigin(g, 303, "POST", first, "answer=approve&version=1&sha256="+a.Content.SHA256)
	for range 2 {
		if body := fromOrigin(g, 200, "GET", first, ""); !strings.Contains(body, "You approved") || strings.Contains(body, `method="post"`) {
			t.Errorf("after the decision: %s", body)
		}
	}
	if err := g.lib.RevokeReviewLink(t.Context(), actor("ana"), other.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		fromOrigin(g, 410, "GET", second, "")
		fromOrigin(g, 410, "GET", second+"/content", "")
	}
}

// TestPagesOfPeopleAreNotCached: behind the same cache nobody gets the page of an asset, or
// the queue, as it was made for somebody else.
func TestPagesOfPeopleAreNotCached(t *testing.T) {
	t.Parallel()
	s := newSite(t, plan{})
	a := s.create(assets.TypeCopy, "Spring", assets.NewVersion{Text: "Spring is here.", Submit: true})
	g := &guests{T: t, url: behindCache(t, strings.TrimSuffix(s.url, prefix+"/")) + prefix + "/"}
	for range 2 {
		for _, path := range []string{"", string(a.ID), string(a.ID) + "/versions/1/content"} {
			fromOrigin(g, 200, "GET", path, "", "Cookie", "who=Mara")
			fromOrigin(g, 200, "GET", path, "", "Cookie", "who=reader")
		}
		page := fromOrigin(g, 200, "GET", string(a.ID), "", "Cookie", "who=reader")
		if strings.Contains(page, "Mara") || strings.Contains(page, `value="approve"`) {
			t.Errorf("the page for who may only read: %s", page)
		}
		fromOrigin(g, 303, "GET", string(a.ID), "")
		fromOrigin(g, 303, "GET", "", "")
	}
}
