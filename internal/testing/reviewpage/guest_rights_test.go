package reviewpage_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/store/memory"
)

// answers are the forms of all answers about version 1 of an asset.
func answers(a *assets.Asset) []string {
	about := "&version=1&comment=Why&sha256=" + a.Content.SHA256
	return []string{"answer=approve" + about, "answer=request_changes" + about, "answer=comment" + about}
}

// refused is how requests with a link that cannot be used for an answer end.
type refused struct {
	look, answer int
	served       bool // the content of the link's version can still be looked at
}

// statuses returns the statuses that a look below the path of a link may have.
func (r refused) statuses(below string) []int {
	if r.served && below != "" {
		return []int{http.StatusOK, http.StatusPartialContent, http.StatusNotModified}
	}
	return []int{r.look}
}

// revisions returns the revision of every asset.
func (g *guests) revisions() map[assets.ID]int64 {
	g.Helper()
	page, err := g.lib.List(g.Context(), actor("ana"), assets.Query{Limit: assets.MaxListLimit})
	if err != nil {
		g.Fatal(err)
	}
	found := map[assets.ID]int64{}
	for _, a := range page.Items {
		found[a.ID] = a.Revision
	}
	return found
}

// checkRefused sends every request that somebody with the path of a link can send. None
// may be recorded, whatever it was that the client saw before, and what was added since
// is not shown. before is the header of the content while the link could be used.
func (g *guests) checkRefused(name, path string, a *assets.Asset, want refused, before http.Header) {
	g.Helper()
	if before.Get("ETag") == "" {
		g.Errorf("%s: the content had no ETag before", name)
	}
	conditions := [][]string{
		nil,
		{"If-None-Match", before.Get("ETag")},
		{"If-None-Match", "*"},
		{"If-Modified-Since", g.clock.Now().Add(time.Hour).UTC().Format(http.TimeFormat)},
		{"Range", "bytes=0-3"},
		{"Cache-Control", "only-if-cached"},
	}
	for _, below := range []string{"", "/content", "/preview"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, header := range conditions {
				body, status, h := g.send(method, path+below, "", header...)
				if all := want.statuses(below); !slices.Contains(all, status) || strings.Contains(body, `name="answer"`) || strings.Contains(body, newer) {
					g.Errorf("%s: %s %s with %q: %d, want one of %d: %.200s", name, method, below, header, status, all, body)
				}
				if h.Get("Cache-Control") != "no-store" {
					g.Errorf("%s: %s %s: Cache-Control %q", name, method, below, h.Get("Cache-Control"))
				}
			}
		}
	}
	revisions := g.revisions()
	for _, form := range answers(a) {
		for _, header := range [][]string{nil, {"If-Match", "*"}, {"Origin", "null"}, {"X-HTTP-Method-Override", "PUT"}} {
			if body, status, _ := g.send("POST", path, form, header...); status != want.answer {
				g.Errorf("%s: %s with %q: %d, want %d: %.200s", name, form, header, status, want.answer, body)
			}
		}
	}
	if now := g.revisions(); !maps.Equal(now, revisions) {
		g.Errorf("%s: an answer was recorded: revisions %v, then %v", name, revisions, now)
	}
}

// TestGuestAfterTheEnd: once a link has ended, in whatever way, nobody who kept it, or its
// pages in a cache, sees or records anything with it.
func TestGuestAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(g *guests, a *assets.Asset, link assets.ReviewLink)
		want refused
	}{
		"revoked":   {func(g *guests, _ *assets.Asset, link assets.ReviewLink) { g.revoke(link) }, refused{look: 410, answer: 410}},
		"expired":   {func(g *guests, _ *assets.Asset, _ assets.ReviewLink) { g.clock.Advance(assets.DefaultLink) }, refused{look: 410, answer: 410}},
		"archived":  {func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.decide("ben", a, assets.ActionArchive) }, refused{look: 410, answer: 410}},
		"overtaken": {func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.add(a) }, refused{look: 200, answer: 409, served: true}},
		"deleted": {func(g *guests, a *assets.Asset, _ assets.ReviewLink) {
			g.decide("ben", a, assets.ActionRequestChanges)
			if err := g.lib.Delete(g.Context(), actor("ben"), a.ID, nil); err != nil {
				g.Error(err)
			}
		}, refused{look: 404, answer: 404}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuests(t, approval.Policy{GuestsMayDecide: true})
			a := g.create("Spring is here.")
			g.create("Summer is here.")
			link := g.invite("ana", a, assets.LinkDecide)
			path := "link/" + tokenOf(link)
			_, status, before := g.send("GET", path+"/content", "")
			if status != 200 || before.Get("ETag") == "" {
				t.Errorf("before: %d, %v", status, before)
			}
			c.end(g, a, link)
			g.checkRefused(name, path, a, c.want, before)
			g.checkSecret(link)
		})
	}
}

// TestGuestOfAnEndedKey: a link ends with the key that it was made with.
func TestGuestOfAnEndedKey(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	ring, err := apikey.New(apikey.Config{Store: g.store.Store})
	if err != nil {
		t.Fatal(err)
	}
	bearer, key, err := ring.Mint(t.Context(), apikey.NewKey{Workspace: "acme", Owner: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}})
	if err != nil {
		t.Fatal(err)
	}
	by, err := ring.Authenticate(t.Context(), bearer)
	if err != nil {
		t.Fatal(err)
	}
	a := g.create("Spring is here.")
	link, err := g.lib.CreateReviewLink(t.Context(), by, a.ID, assets.NewReviewLink{Name: "Eve Weber", Can: assets.LinkDecide})
	if err != nil {
		t.Fatal(err)
	}
	path := "link/" + tokenOf(link)
	body, status, before := g.send("GET", path+"/content", "")
	if status != 200 {
		t.Errorf("before: %d %.200s", status, body)
	}
	if err := ring.Revoke(t.Context(), "acme", key.Prefix); err != nil {
		t.Fatal(err)
	}
	g.checkRefused("the key was revoked", path, a, refused{look: 410, answer: 410}, before)
}

// TestGuestTokenAltered: a token of which any bit was flipped opens and records nothing.
func TestGuestTokenAltered(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	a := g.create("Spring is here.")
	link := g.invite("ana", a, assets.LinkDecide)
	raw, err := base64.RawURLEncoding.DecodeString(tokenOf(link))
	if err != nil {
		t.Fatal(err)
	}
	revision := g.now(a).Revision
	for i := range 8 * len(raw) {
		altered := slices.Clone(raw)
		altered[i/8] ^= 1 << (i % 8)
		token := base64.RawURLEncoding.EncodeToString(altered)
		for _, action := range []assets.Action{assets.ActionApprove, assets.ActionRequestChanges, assets.ActionComment} {
			if _, err := g.lib.AnswerReviewLink(t.Context(), token, assets.GuestAnswer{Action: action, Comment: "Why"}); assets.Code(err) != "not_found" {
				t.Errorf("%s with bit %d flipped: %v", action, i, err)
			}
		}
		if i%8 != i/8%8 {
			continue // one bit of each byte through the page
		}
		if body, status, _ := g.send("POST", "link/"+token, answers(a)[0]); status != 404 {
			t.Errorf("an approval with bit %d flipped: %d %.200s", i, status, body)
		}
	}
	if now := g.now(a); now.Revision != revision {
		t.Errorf("recorded: %+v", now.Reviews)
	}
}

// TestGuestTokenElsewhere: a token opens nothing at another server that has the same
// signing keys, nor at one on the same database that has others.
func TestGuestTokenElsewhere(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	a := g.create("Spring is here.")
	token := tokenOf(g.invite("ana", a, assets.LinkDecide))
	_, _, before := g.send("GET", "link/"+token+"/content", "")
	for name, change := range map[string]func(*assets.Config){
		"another database": func(c *assets.Config) { c.Store = memory.New() },
		"other keys":       func(c *assets.Config) { c.SigningKeys, c.Store = [][]byte{[]byte(strings.Repeat("k", 32))}, g.store },
	} {
		cfg := assetstest.Config()
		cfg.Now, cfg.Approver, cfg.ReviewLinkURL = g.clock.Now, approval.Policy{GuestsMayDecide: true}, review.LinkURL("https://b.example"+prefix)
		change(&cfg)
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(review.Public(lib, review.Options{Base: prefix}))
		t.Cleanup(server.Close)
		elsewhere := &guests{T: t, lib: lib, clock: g.clock, url: server.URL + prefix + "/"}
		elsewhere.checkRefused(name, "link/"+token, a, refused{look: 404, answer: 404}, before)
	}
	g.checkRecorded(a, "")
}
