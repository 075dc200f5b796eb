package reviewpage_test

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/store/memory"
)

// guests is a server with the pages of review links and no sign-in.
type guests struct {
	*testing.T
	lib   *assets.Library
	clock *fixture.Clock
	store *store
	url   string // of the queue, with the final slash

	mu  sync.Mutex
	log strings.Builder // of the requests and of the Library
}

// Write implements [io.Writer] for the log.
func (g *guests) Write(line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.log.Write(line)
}

func newGuests(t *testing.T, policy approval.Policy) *guests {
	t.Helper()
	g := &guests{T: t, clock: fixture.NewClock(), store: &store{Store: memory.New()}}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.url = server.URL + prefix + "/"
	cfg := assetstest.Config()
	cfg.Store, cfg.Logger = g.store, slog.New(slog.NewTextHandler(g, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Approver, cfg.Now, cfg.ReviewLinkURL = policy, g.clock.Now, review.LinkURL(server.URL+prefix)
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g.lib = lib
	public := review.Public(lib, review.Options{Base: prefix, Theme: review.Theme{Name: "Acme"}})
	mux.Handle(prefix+"/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(g, r.Method, review.LogPath(r.URL.Path), r.Referer())
		public.ServeHTTP(w, r)
	}))
	return g
}

func (g *guests) create(text string) *assets.Asset {
	g.Helper()
	return g.createAs("agent", text)
}

func (g *guests) createAs(who, text string) *assets.Asset {
	g.Helper()
	made, err := g.lib.Create(g.Context(), actor(who), assets.NewAsset{
		Type: assets.TypeCopy, Title: "Launch e-mail, opening",
		NewVersion: assets.NewVersion{Text: text, Submit: true, Provenance: assets.Provenance{SourceType: "trainedAlgorithmicMedia"}},
	})
	if err != nil {
		g.Fatal(err)
	}
	return made.Asset
}

func (g *guests) invite(by string, a *assets.Asset, can assets.LinkRight) assets.ReviewLink {
	g.Helper()
	link, err := g.lib.CreateReviewLink(g.Context(), actor(by), a.ID, assets.NewReviewLink{Name: "Eve Weber", Can: can})
	if err != nil {
		g.Fatal(err)
	}
	return link
}

func (g *guests) now(a *assets.Asset) *assets.Asset {
	g.Helper()
	now, err := g.lib.Get(g.Context(), actor("ana"), a.ID, assets.SelectCurrent)
	if err != nil {
		g.Fatal(err)
	}
	return now
}

// open opens a tab, as [site.open] does, in a window as wide as a phone. Nobody is signed in.
func (g *guests) open(t *testing.T, how setting) *tab {
	t.Helper()
	how.width = cmp.Or(how.width, narrow)
	return (&site{T: t, url: g.url}).open(t, how)
}

// TestVolumeGuest uses review links in a browser, without a script and with it. What is
// recorded is what the table of rights allows, and the page says what was.
func TestVolumeGuest(t *testing.T) {
	t.Parallel()
	getBrowser(t)
	guestsDecide := approval.Policy{GuestsMayDecide: true}
	for i, c := range []struct {
		name      string
		policy    approval.Policy
		creator   string // "": an agent
		can       assets.LinkRight
		before    func(g *guests, a *assets.Asset, link assets.ReviewLink) // the page is opened
		meanwhile func(g *guests, a *assets.Asset, link assets.ReviewLink) // the answer is sent
		answer    assets.Action
		again     bool
		says      string
		records   assets.Action // "": nothing
		kept      bool          // the page has the comment, to be copied
	}{
		{name: "approve", policy: guestsDecide, can: "decide", answer: "approve", says: "Thank you, your answer is recorded", records: "approve"},
		{name: "request changes", policy: guestsDecide, can: "decide", answer: "request_changes", says: "You requested changes to version 1", records: "request_changes"},
		{name: "comment", policy: guestsDecide, can: "decide", answer: "comment", says: "You commented on version 1", records: "comment"},
		{name: "comment only", policy: guestsDecide, can: "comment", answer: "comment", says: "You commented on version 1", records: "comment"},
		{name: "look", policy: guestsDecide, can: "decide", says: "ana asks for your review"},
		{name: "twice", policy: approval.Policy{GuestsMayDecide: true, Quorum: 2}, can: "decide", answer: "approve", again: true, says: "cannot be used for a second decision", records: "approve"},
		{name: "overtaken", policy: guestsDecide, can: "decide", meanwhile: func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.add(a) }, answer: "approve", says: "Version 2 has arrived since", kept: true},
		{name: "overtaken before", policy: guestsDecide, can: "decide", before: func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.add(a) }, says: "Version 2 has arrived since"},
		{name: "expired", policy: guestsDecide, can: "decide", meanwhile: func(g *guests, _ *assets.Asset, _ assets.ReviewLink) { g.clock.Advance(assets.DefaultLink) }, answer: "approve", says: "This link has expired", kept: true},
		{name: "revoked", policy: guestsDecide, can: "decide", meanwhile: func(g *guests, _ *assets.Asset, link assets.ReviewLink) { g.revoke(link) }, answer: "approve", says: "This link was withdrawn", kept: true},
		{name: "archived", policy: guestsDecide, can: "decide", meanwhile: func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.decide("ben", a, assets.ActionArchive) }, answer: "approve", says: "put the asset away", kept: true},
		{name: "approved by somebody", policy: guestsDecide, can: "decide", meanwhile: func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.decide("ben", a, assets.ActionApprove) }, answer: "request_changes", says: "Version 1 is approved already.", kept: true},
		{name: "approved by the inviter", policy: approval.Policy{GuestsMayDecide: true, Quorum: 2}, can: "decide", meanwhile: func(g *guests, a *assets.Asset, _ assets.ReviewLink) { g.decide("ana", a, assets.ActionApprove) }, answer: "approve", says: "What has happened to the asset does not allow this now.", kept: true},
		{name: "creator's guest looks", policy: approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true}, creator: "ana", can: "decide", says: "ana made this version. Somebody else has to approve it."},
		{name: "creator's guest requests changes", policy: approval.Policy{GuestsMayDecide: true, ForbidSelfApproval: true}, creator: "ana", can: "decide", answer: "request_changes", says: "You requested changes to version 1", records: "request_changes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newGuests(t, c.policy)
			a := g.createAs(cmp.Or(c.creator, "agent"), "Spring is here.")
			link := g.invite("ana", a, c.can)
			if c.before != nil {
				c.before(g, a, link)
			}
			p := g.open(t, setting{noScripts: i%2 == 1})
			p.visitURL(link.URL)
			if c.answer != "" {
				if c.can == assets.LinkDecide {
					p.do("check", map[string]any{"on": "[type=radio][value=" + string(c.answer) + "]"}, nil)
				}
				p.fill("#gc", "Please say “oak”.")
				if c.meanwhile != nil {
					c.meanwhile(g, a, link)
				}
				p.clickTo(send)
				if c.again { // the same form once more
					p.backTo()
					if len(p.look().Buttons) > 0 {
						p.clickTo(send)
					}
				}
			}
			on := p.look()
			if !strings.Contains(on.Text, c.says) || c.kept != (p.value("#kept") == "Please say “oak”.") {
				t.Errorf("kept %q; the page lacks %q: %s", p.value("#kept"), c.says, on.Text)
			}
			g.checkRecorded(a, c.records)
			g.checkSecret(link)
			if got := p.close(); strings.Contains(strings.Join(got.Referers, " "), tokenOf(link)) {
				t.Errorf("the token was told: %q", got.Referers)
			}
		})
	}
}

// send is the button of the form for an answer.
const send = "main form button"

func tokenOf(link assets.ReviewLink) string { return link.URL[strings.LastIndexByte(link.URL, '/')+1:] }

// newer is the text of a version that is added.
const newer = "Newer."

func (g *guests) add(a *assets.Asset) {
	if _, err := g.lib.AddVersion(g.Context(), actor("agent"), a.ID, assets.NewVersion{Text: newer, Submit: true}); err != nil {
		g.Error(err)
	}
}

func (g *guests) revoke(link assets.ReviewLink) {
	if err := g.lib.RevokeReviewLink(g.Context(), actor("ana"), link.ID); err != nil {
		g.Error(err)
	}
}

func (g *guests) decide(who string, a *assets.Asset, action assets.Action) {
	if _, err := g.lib.Review(g.Context(), actor(who), a.ID, assets.Decision{Action: action, Comment: "why"}); err != nil {
		g.Error(err)
	}
}

// checkRecorded checks what guests have done: one review with the action, or nothing.
func (g *guests) checkRecorded(a *assets.Asset, action assets.Action) {
	g.Helper()
	var all []assets.Review
	for _, r := range g.now(a).Reviews {
		if r.InvitedBy != "" || r.Via == assets.ViaLink {
			all = append(all, r)
		}
	}
	if action == "" && len(all) == 0 {
		return
	}
	if len(all) != 1 || all[0].Action != action || all[0].By != "guest:Eve Weber" || all[0].InvitedBy != "ana" || all[0].Version != 1 || all[0].SHA256 != a.Content.SHA256 {
		g.Errorf("recorded %+v, want %q", all, action)
	}
}

// checkSecret checks that the token is in no line of the log, of which those of requests
// have the Referer.
func (g *guests) checkSecret(link assets.ReviewLink) {
	g.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if log := g.log.String(); strings.Contains(log, tokenOf(link)) || !strings.Contains(log, "/link/…") {
		g.Errorf("the token was told:\n%s", log)
	}
}

// TestVolumeGuestForwarded: those to whom the link is forwarded act as the same guest, once.
func TestVolumeGuestForwarded(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true, Quorum: 2})
	a := g.create("Spring is here.")
	link := g.invite("ana", a, assets.LinkDecide)
	for i, says := range []string{"Thank you", "You approved version 1"} {
		p := g.open(t, setting{})
		p.visitURL(link.URL)
		if i == 0 { // the second one finds no form any more
			p.do("check", map[string]any{"on": "[type=radio][value=approve]"}, nil)
			p.clickTo(send)
		}
		if on := p.look(); !strings.Contains(on.Text, says) {
			t.Errorf("the page lacks %q: %s", says, on.Text)
		}
	}
	g.checkRecorded(a, assets.ActionApprove)
	if a := g.now(a); a.Status != assets.StatusPendingReview {
		t.Errorf("two people with one link are two of a quorum: %s", a.Status)
	}
}

// TestVolumeGuestRequests: bots, caches, altered tokens and forged forms record nothing.
func TestVolumeGuestRequests(t *testing.T) {
	t.Parallel()
	g := newGuests(t, approval.Policy{GuestsMayDecide: true})
	a, other := g.create("Spring is here."), g.create("Summer is here.")
	link := g.invite("ana", a, assets.LinkDecide)
	token := tokenOf(link)
	altered := []byte(token)
	altered[9] ^= 1
	form := func(a *assets.Asset, version string) string {
		return "answer=approve&version=" + version + "&sha256=" + a.Content.SHA256
	}
	for _, c := range []struct {
		name, method, path, form string
		header                   []string
		status                   int
	}{
		{"a bot", "GET", "link/" + token, "", []string{"User-Agent", "Slackbot-LinkExpanding 1.0"}, 200},
		{"a bot that sends what it finds", "GET", "link/" + token + "?" + form(a, "1"), "", nil, 200},
		{"HEAD", "HEAD", "link/" + token, "", nil, 200},
		{"PUT", "PUT", "link/" + token, form(a, "1"), nil, 405},
		{"altered", "POST", "link/" + string(altered), form(a, "1"), nil, 404},
		{"cut", "POST", "link/" + token[:len(token)-1], form(a, "1"), nil, 404},
		{"another version", "POST", "link/" + token, form(a, "2"), nil, 400},
		{"another digest", "POST", "link/" + token, form(other, "1"), nil, 400},
		{"no version", "POST", "link/" + token, "answer=approve", nil, 400},
		{"archive", "POST", "link/" + token, strings.Replace(form(a, "1"), "approve", "archive", 1), nil, 422},
		{"no answer", "POST", "link/" + token, strings.Replace(form(a, "1"), "approve", "", 1), nil, 422},
		{"a page of another site", "POST", "link/" + token, form(a, "1"), []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another origin", "POST", "link/" + token, form(a, "1"), []string{"Origin", "https://evil.example"}, 403},
		{"content", "POST", "link/" + token + "/content", form(a, "1"), nil, 405},
		{"beside it", "GET", "link/" + token + "/decision", "", nil, 404},
		{"the queue", "GET", "", "", nil, 404},
		{"the asset", "GET", string(a.ID), "", nil, 404},
		{"the bytes", "GET", "link/" + token + "/content", "", nil, 200},
	} {
		body, status, header := g.send(c.method, c.path, c.form, c.header...)
		if status != c.status {
			t.Errorf("%s: %d, want %d: %.200s", c.name, status, c.status, body)
		}
		if strings.HasPrefix(c.path, "link/"+token) && (header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer") {
			t.Errorf("%s: Cache-Control %q, Referrer-Policy %q", c.name, header.Get("Cache-Control"), header.Get("Referrer-Policy"))
		}
	}
	g.checkRecorded(a, "")
	// A browser sends the origin null from these pages; without https it says no more.
	if body, status, _ := g.send("POST", "link/"+token, form(a, "1"), "Origin", "null"); status != 303 {
		t.Errorf("the page's own form: %d %.200s", status, body)
	}
	g.checkRecorded(a, assets.ActionApprove)
	g.checkSecret(link)
}

func (g *guests) send(method, path, form string, header ...string) (body string, status int, h http.Header) {
	g.Helper()
	r, err := http.NewRequestWithContext(g.Context(), method, g.url+path, strings.NewReader(form))
	if err != nil {
		g.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := (&http.Transport{}).RoundTrip(r)
	if err != nil {
		g.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.Fatal(err)
	}
	return string(text), response.StatusCode, response.Header
}
