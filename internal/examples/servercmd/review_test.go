package servercmd_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/store/memory"
)

// visitor is a browser without scripts, which follows no redirection.
type visitor struct {
	*testing.T
	client *http.Client
	url    string
}

func newVisitor(t *testing.T, s *started) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, s.url}
}

// visit sends a request, a POST if there is a form, and returns status, body and header.
func (v *visitor) visit(path string, form url.Values) (status int, body string, header http.Header) {
	v.Helper()
	method, sent := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method, sent = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.Context(), method, v.url+path, sent)
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", form.Get("from"))
		r.Header.Set("Origin", form.Get("origin"))
	}
	resp, err := v.client.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

const signIn = "/assets/review/sign-in"

func (m *inMemory) mint(t *testing.T, owner string, kind assets.Kind) (bearer, prefix string) {
	t.Helper()
	bearer, key, err := m.keys(t).Mint(t.Context(), apikey.NewKey{Workspace: "w", Owner: owner, Kind: kind, Scopes: []assets.Scope{assets.ScopeAll}})
	if err != nil {
		t.Fatal(err)
	}
	return bearer, key.Prefix
}

// TestReviewPage: the link of the first start signs in once; a key signs in until it is
// revoked or the person signs out.
func TestReviewPage(t *testing.T) {
	t.Parallel()
	m := newStorage()
	bearer, prefix := m.mint(t, "ana", assets.KindUser)
	m.FirstKey = bearer
	s := m.start(t)
	defer s.stop()
	s.line(t) // the key
	link, ok := strings.CutPrefix(s.line(t), "review page "+s.url)
	if !ok || !strings.HasPrefix(link, signIn+"?code=") {
		t.Fatalf("the line is %q", link)
	}

	ana := newVisitor(t, s)
	if status, _, h := ana.visit("/assets/review/triage?type=copy", nil); status != 303 || h.Get("Location") != "./sign-in?next=triage%3Ftype%3Dcopy" {
		t.Errorf("without a session: %d %v", status, h)
	}
	status, _, h := ana.visit(link, nil)
	cookie := h.Get("Set-Cookie")
	if status != 303 || h.Get("Location") != "./" || !strings.Contains(cookie, "; HttpOnly; SameSite=Lax") || !strings.Contains(cookie, "Max-Age=43200") || strings.Contains(cookie, "Secure") || strings.Contains(cookie, bearer[len(bearer)-20:]) {
		t.Errorf("the link: %d %v", status, h)
	}
	if status, body, _ := ana.visit("/assets/review/", nil); status != 200 || !strings.Contains(body, "Nothing waits for you") {
		t.Errorf("the queue: %d", status)
	}
	if status, body, _ := newVisitor(t, s).visit(link, nil); status != 401 || !strings.Contains(body, "The link was used already") {
		t.Errorf("the link again: %d", status)
	}

	other := newVisitor(t, s)
	if status, body, _ := other.visit(signIn+"?next=triage", nil); status != 200 || !strings.Contains(body, `name="next" value="triage"`) {
		t.Errorf("the sign-in page: %d", status)
	}
	if status, body, _ := other.visit(signIn, url.Values{"key": {bearer[:len(bearer)-1]}, "next": {"triage"}}); status != 401 || !strings.Contains(body, "This is not the key of anybody here") || !strings.Contains(body, `value="triage"`) {
		t.Errorf("a wrong key: %d", status)
	}
	if status, _, h := other.visit(signIn, url.Values{"key": {bearer}, "from": {"cross-site"}}); status != 403 || h.Get("Set-Cookie") != "" {
		t.Errorf("from another site: %d", status)
	}
	for next, want := range map[string]string{"triage?type=copy": "./triage?type=copy", "": "./", "//evil.example/": "./", "https://evil.example": "./", "/\\evil": "./", "../x": "./", "javascript:alert(1)": "./"} {
		if status, _, h := other.visit(signIn, url.Values{"key": {" " + bearer + "\n"}, "next": {next}}); status != 303 || h.Get("Location") != want {
			t.Errorf("%q leads to %s: %d", next, h.Get("Location"), status)
		}
	}
	if status, _, _ := other.visit("/assets/review/", nil); status != 200 {
		t.Errorf("with a key: %d", status)
	}
	if status, _, h := other.visit("/assets/review/sign-out", url.Values{}); status != 303 || !strings.Contains(h.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out: %d %v", status, h)
	}
	if status, _, _ := other.visit("/assets/review/", nil); status != 303 {
		t.Errorf("signed out: %d", status)
	}
	if err := m.keys(t).RevokeAny(t.Context(), prefix); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := ana.visit("/assets/review/", nil); status != 303 {
		t.Errorf("with a revoked key: %d", status)
	}
}

// failingKeys is a store whose keys cannot be read.
type failingKeys struct {
	*memory.Store
	down atomic.Bool
}

func (f *failingKeys) Keys(ctx context.Context, filter apikey.Filter) ([]apikey.Key, error) {
	if f.down.Load() {
		return nil, assets.ErrUnavailable
	}
	return f.Store.Keys(ctx, filter)
}

// TestSignInDuringAnOutage: a key that cannot be checked is not called wrong, and the
// link of the first start stays valid.
func TestSignInDuringAnOutage(t *testing.T) {
	t.Parallel()
	m := newStorage()
	bearer, _ := m.mint(t, "ana", assets.KindUser)
	inMemory, ok := m.Store.(*memory.Store)
	if !ok {
		t.Fatalf("the store is %T", m.Store)
	}
	store := &failingKeys{Store: inMemory}
	m.Store, m.FirstKey = store, bearer
	s := m.start(t)
	defer s.stop()
	s.line(t) // the key
	link := strings.TrimPrefix(s.line(t), "review page "+s.url)

	ana := newVisitor(t, s)
	store.down.Store(true)
	for _, form := range []url.Values{nil, {"key": {bearer}, "next": {"triage"}}} {
		status, body, h := ana.visit(link, form)
		if status != 503 || !strings.Contains(body, "The key could not be checked") || strings.Contains(body, "not the key of anybody") || h.Get("Set-Cookie") != "" {
			t.Errorf("%v: %d %s", form, status, body)
		}
	}
	store.down.Store(false)
	if status, _, h := ana.visit(link, nil); status != 303 || h.Get("Set-Cookie") == "" {
		t.Errorf("the link afterwards: %d %v", status, h)
	}
	if status, _, _ := newVisitor(t, s).visit(link, nil); status != 401 {
		t.Errorf("the link again: %d", status)
	}
}

// TestReviewPageBehindAnotherHost: a proxy may send another Host than that of the public
// address, over plain http.
func TestReviewPageBehindAnotherHost(t *testing.T) {
	t.Parallel()
	m := newStorage()
	bearer, _ := m.mint(t, "ana", assets.KindUser)
	s := m.start(t, "-public-url", "http://assets.example.com")
	defer s.stop()
	for origin, want := range map[string]int{"http://assets.example.com": 303, "http://evil.example": 403} {
		form := url.Values{"key": {bearer}, "origin": {origin}}
		if status, _, _ := newVisitor(t, s).visit(signIn, form); status != want {
			t.Errorf("%s: %d, want %d", origin, status, want)
		}
	}
}

// TestReviewPageBehindHTTPS: the cookie is then sent over https alone.
func TestReviewPageBehindHTTPS(t *testing.T) {
	t.Parallel()
	m := newStorage()
	bearer, _ := m.mint(t, "ana", assets.KindUser)
	s := m.start(t, "-public-url", "https://assets.example.com")
	defer s.stop()
	if _, _, h := newVisitor(t, s).visit(signIn, url.Values{"key": {bearer}}); !strings.Contains(h.Get("Set-Cookie"), "; Secure") {
		t.Errorf("%v", h)
	}
}

// TestRefusedAgentIsLedToReviewPage: the refusal of an agent's approval names the page of
// the asset.
func TestRefusedAgentIsLedToReviewPage(t *testing.T) {
	t.Parallel()
	m := newStorage()
	id := m.approved(t, "w", "Spring is here.")
	bearer, _ := m.mint(t, "writer", assets.KindAgent)
	s := m.start(t, "-public-url", "https://assets.example.com/")
	defer s.stop()
	if status, _, h := newVisitor(t, s).visit("/assets/review/triage", nil); status != 303 || h.Get("Location") != "./sign-in?next=triage" {
		t.Errorf("the page: %d %v", status, h)
	}
	status, body := s.post(t, "/api/v1/assets/"+string(id)+"/approval", bearer, `{"action":"approve","version":1}`)
	if want := `"review_url":"https://assets.example.com/assets/review/` + string(id) + `"`; status != 403 || !strings.Contains(body, want) {
		t.Errorf("%d %s", status, body)
	}
}
