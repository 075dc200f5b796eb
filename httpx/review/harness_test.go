package review_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/httpx/review"
)

// Actors by the header X-Test-Actor. Without it nobody is signed in.
var actors = map[string]assets.Actor{
	"ana":    {Workspace: "acme", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
	"ben":    {Workspace: "acme", Subject: "ben", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
	"reader": {Workspace: "acme", Subject: "rea", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeRead}},
	"agent":  {Workspace: "acme", Subject: "writer", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeRead, assets.ScopeWrite}},
	"other":  {Workspace: "other", Subject: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}},
}

// site is the page on a Library in memory.
type site struct {
	testing.TB
	lib     *assets.Library
	handler http.Handler
}

func newSite(t testing.TB, change ...func(*assets.Config, *review.Options)) *site {
	t.Helper()
	cfg := assetstest.Config()
	opts := review.Options{
		Base: "https://assets.example/a/review", SignInURL: "sign-in",
		Actor: func(r *http.Request) (assets.Actor, error) {
			by, ok := actors[r.Header.Get("X-Test-Actor")]
			if !ok {
				return by, assets.ErrUnauthorized
			}
			return by, nil
		},
	}
	for _, c := range change {
		c(&cfg, &opts)
	}
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, lib, review.New(lib, opts)}
}

func quorumOfTwo(c *assets.Config, _ *review.Options) {
	c.Approver = approval.Policy{Quorum: 2, ForbidSelfApproval: true}
}

// create creates an asset that is submitted.
func (s *site) create(t assets.Type, title string, v assets.NewVersion) *assets.Asset {
	s.Helper()
	v.Submit = true
	made, err := s.lib.Create(s.Context(), actors["agent"], assets.NewAsset{Type: t, Title: title, CampaignID: "spring", NewVersion: v})
	if err != nil {
		s.Fatal(err)
	}
	return made.Asset
}

func (s *site) copyAsset(text string) *assets.Asset {
	s.Helper()
	return s.create(assets.TypeCopy, "Tagline", assets.NewVersion{Text: text, Provenance: assets.Provenance{AgentSlug: "copywriter", Model: "quill-2"}})
}

// add adds a version that is submitted.
func (s *site) add(id assets.ID, text string) *assets.Asset {
	s.Helper()
	added, err := s.lib.AddVersion(s.Context(), actors["agent"], id, assets.NewVersion{Text: text, Submit: true})
	if err != nil {
		s.Fatal(err)
	}
	return added.Asset
}

func (s *site) decide(as string, id assets.ID, d assets.Decision) {
	s.Helper()
	if _, err := s.lib.Review(s.Context(), actors[as], id, d); err != nil {
		s.Fatal(err)
	}
}

// page is a response.
type page struct {
	*httptest.ResponseRecorder
	body string
}

// send sends a request below the queue as an actor. form is nil for a GET.
func (s *site) send(as, path string, form url.Values, header ...string) page {
	s.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r := httptest.NewRequestWithContext(s.Context(), method, "/a/review/"+path, strings.NewReader(body))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if as != "" {
		r.Header.Set("X-Test-Actor", as)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return page{rec, rec.Body.String()}
}

// get returns a page, which must have a status.
func (s *site) get(status int, as, path string) page {
	s.Helper()
	p := s.send(as, path, nil)
	if p.Code != status {
		s.Fatalf("%s: status %d, want %d: %.300s", path, p.Code, status, p.text())
	}
	return p
}

// decision returns the form of a decision about an asset as it is shown.
func decisionForm(action assets.Action, a *assets.Asset, more ...string) url.Values {
	form := url.Values{"action": {string(action)}, "version": {fmt.Sprint(a.Version)}, "sha256": {a.Content.SHA256}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	return form
}

var (
	inner = regexp.MustCompile(`</?(bdi|strong|time|ins|del|code|q)\b[^>]*>`)
	tags  = regexp.MustCompile(`<[^>]*>`)
	space = regexp.MustCompile(`\s+`)
)

// text returns the text of the page between its tags.
func (p page) text() string {
	body := inner.ReplaceAllString(p.body[max(0, strings.Index(p.body, "<body")):], "")
	body = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&#8203;", "").Replace(tags.ReplaceAllString(body, " "))
	return space.ReplaceAllString(body, " ")
}

// shows checks that texts are on the page.
func (s *site) shows(p page, texts ...string) {
	s.Helper()
	for _, want := range texts {
		if !strings.Contains(p.text(), want) {
			s.Errorf("the page lacks %q: %s", want, p.text())
		}
	}
}

// lacks checks that texts are neither on the page nor in its markup.
func (s *site) lacks(p page, texts ...string) {
	s.Helper()
	for _, unwanted := range texts {
		if strings.Contains(p.text(), unwanted) || strings.Contains(p.body, unwanted) {
			s.Errorf("the page has %q: %s", unwanted, p.text())
		}
	}
}
