package reviewpage_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
	"github.com/10ex/assets/internal/examples/demo"
	"github.com/10ex/assets/internal/testing/testproc"
	"github.com/10ex/assets/store/memory"
)

// prefix is where the page is mounted.
const prefix = "/x/y/z/review"

// plan is how a site is made.
type plan struct {
	policy   approval.Policy
	stripped bool // an nginx in front of it strips the prefix, of which the page knows nothing
	campaign bool // it has the campaign of the demo
}

// site is a server with the page. The cookie "who" names who is signed in.
type site struct {
	*testing.T
	lib   *assets.Library
	url   string // of the queue, with the final slash
	store *store
	added atomic.Int64
}

// store is one whose changes, or reads in a snapshot, may fail.
type store struct {
	*memory.Store
	down, unreadable atomic.Bool
}

// View implements assets.Store.
func (s *store) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	if s.unreadable.Load() {
		return assets.ErrUnavailable
	}
	return s.Store.View(ctx, fn)
}

// Update implements assets.Store.
func (s *store) Update(ctx context.Context, fn func(assets.Tx) error) error {
	if s.down.Load() {
		return assets.ErrUnavailable
	}
	return s.Store.Update(ctx, fn)
}

// actor returns who has a name. Those without a special one are people who may do
// everything.
func actor(name string) assets.Actor {
	switch name {
	case "agent":
		return assetstest.Agent("acme", "writer")
	case "reader":
		by := assetstest.User("acme", "Rea")
		by.Scopes = []assets.Scope{assets.ScopeRead}
		return by
	}
	return assetstest.User("acme", name)
}

func newSite(t *testing.T, p plan) *site {
	t.Helper()
	cfg := assetstest.Config()
	s := &site{T: t, store: &store{Store: memory.New()}}
	cfg.Store, cfg.Approver = s.store, p.policy
	clock := demo.NewClock(time.Date(2027, 3, 18, 14, 26, 8, 0, time.UTC))
	if p.campaign {
		cfg.Now = clock.Now
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.lib = lib
	if p.campaign {
		if _, err := demo.Fill(t.Context(), lib, clock, "acme"); err != nil {
			t.Fatal(err)
		}
	}
	base := prefix
	if p.stripped {
		base = ""
	}
	server := httptest.NewServer(s.mount(base))
	t.Cleanup(server.Close)
	s.url = server.URL + base + "/"
	if p.stripped {
		s.url = testproc.Nginx(t, "", "location "+prefix+"/ { proxy_pass "+server.URL+"/; }") + prefix + "/"
	}
	return s
}

// mount returns a host with the page and a sign-in, below a path.
func (s *site) mount(base string) http.Handler {
	opts := review.Options{
		Base: base, SignInURL: "sign-in", SignOutURL: "sign-out", Theme: review.Theme{Name: "Acme"},
		Actor: func(r *http.Request) (assets.Actor, error) {
			cookie, err := r.Cookie("who")
			if err != nil {
				return assets.Actor{}, assets.ErrUnauthorized
			}
			return actor(cookie.Value), nil
		},
	}
	signIn := review.SignInPage(s.lib, opts)
	mux := http.NewServeMux()
	mux.Handle(base+"/", review.New(s.lib, opts))
	mux.HandleFunc(base+"/sign-in", func(w http.ResponseWriter, r *http.Request) {
		name, valid := strings.CutPrefix(r.PostFormValue("key"), "tnx_")
		if !valid {
			used := r.URL.Query().Get("code") != ""
			signIn(w, r, review.SignIn{Next: r.FormValue("next"), Used: used, Failed: r.Method == http.MethodPost})
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: name, Path: "/"})
		w.Header().Set("Location", review.Next(r.PostFormValue("next")))
		w.WriteHeader(http.StatusSeeOther)
	})
	return mux
}

// create creates an asset by an agent, which is submitted.
func (s *site) create(kind assets.Type, title string, v assets.NewVersion) *assets.Asset {
	s.Helper()
	return s.createAs("agent", kind, title, v)
}

func (s *site) createAs(who string, kind assets.Type, title string, v assets.NewVersion) *assets.Asset {
	s.Helper()
	made, err := s.lib.Create(s.Context(), actor(who), assets.NewAsset{Type: kind, Title: title, CampaignID: "spring", NewVersion: v})
	if err != nil {
		s.Fatal(err)
	}
	return made.Asset
}

// fill creates n assets of all types that wait for review.
func (s *site) fill(n int) {
	s.Helper()
	for i := range n {
		kind := assets.Types()[i%len(assets.Types())]
		s.create(kind, "Asset "+itoa(i), s.content(kind, i))
	}
}

// regenerate adds a version to an asset, as an agent does.
func (s *site) regenerate(id assets.ID) {
	s.Helper()
	a := s.get(id)
	for unchanged := true; unchanged; { // there are two films
		w, err := s.lib.AddVersion(s.Context(), actor("agent"), id, s.content(a.Type, 1000+int(s.added.Add(1))))
		if err != nil {
			s.Fatalf("regenerating %s: %v", id, err)
		}
		unchanged = w.Unchanged
	}
}

// get returns an asset with its newest version.
func (s *site) get(id assets.ID) *assets.Asset {
	s.Helper()
	a, err := s.lib.Get(s.Context(), actor("Ana"), id, assets.SelectCurrent)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// find returns the asset with a title.
func (s *site) find(title string) *assets.Asset {
	s.Helper()
	for a, err := range s.lib.All(s.Context(), actor("Ana"), assets.Query{}) {
		if err != nil {
			s.Fatal(err)
		}
		if a.Title == title {
			return s.get(a.ID)
		}
	}
	s.Fatalf("there is no %q", title)
	return nil
}

// decide records a decision about the version that a shows.
func (s *site) decide(who string, a *assets.Asset, action assets.Action, comment string) {
	s.Helper()
	if _, err := s.lib.Review(s.Context(), actor(who), a.ID, assets.Decision{Action: action, Version: a.Version, SHA256: a.Content.SHA256, Comment: comment}); err != nil {
		s.Fatal(err)
	}
}

// rewrite adds a version of a text in which one word differs.
func (s *site) rewrite(title string) {
	s.Helper()
	a := s.find(title)
	f, err := s.lib.Open(s.Context(), actor("Ana"), a.ID, assets.Selector(a.Version))
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		s.Fatal(err)
	}
	v := assets.NewVersion{Submit: true, Text: strings.Replace(string(text), "ten years", "fifteen years", 1), Filename: a.Content.Filename, Provenance: a.Provenance}
	if _, err := s.lib.AddVersion(s.Context(), actor("agent"), a.ID, v); err != nil {
		s.Fatal(err)
	}
}
