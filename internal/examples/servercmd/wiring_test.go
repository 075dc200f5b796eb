package servercmd_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/internal/examples/servercmd"
)

// TestHandlerServesRoutesAndTools: both accept the same API keys.
func TestHandlerServesRoutesAndTools(t *testing.T) {
	t.Parallel()
	m := newStorage()
	id := m.approved(t, "w", "Spring is here.")
	bearer, _, err := m.keys(t).Mint(t.Context(), apikey.NewKey{
		Workspace: "w", Owner: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := m.start(t, "-public-url", "https://assets.example.com")
	defer s.stop()
	if status, body := s.get(t, "/api/v1/assets/"+string(id), bearer); status != http.StatusOK || !strings.Contains(body, `"preview_url":"https://assets.example.com/`) {
		t.Errorf("the route: %d %s", status, body)
	}
	for key, want := range map[string]int{"": http.StatusUnauthorized, bearer: http.StatusMethodNotAllowed} { // without sessions there is no GET
		if status, body := s.get(t, "/mcp", key); status != want {
			t.Errorf("the tools with key %q: %d %s", key, status, body)
		}
	}
}

// TestGuestsDecide: a link with which a guest decides is made only with the flag.
func TestGuestsDecide(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]int{"": http.StatusForbidden, "-guests-decide": http.StatusCreated} {
		m := newStorage()
		id := m.approved(t, "w", "Spring is here.")
		bearer, _ := m.mint(t, "ana", assets.KindUser)
		var flags []string
		if given != "" {
			flags = append(flags, given)
		}
		s := m.start(t, flags...)
		if status, body := s.post(t, "/api/v1/assets/"+string(id)+"/review-links", bearer, `{"name":"Eve","can":"decide"}`); status != want {
			t.Errorf("with %q: %d %s, want %d", given, status, body, want)
		}
		s.stop()
	}
}

// TestServerCallsWebhooks: an approval over REST reaches an endpoint on this machine,
// which only the flag allows.
func TestServerCallsWebhooks(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 8)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case got <- r:
		default:
		}
	}))
	defer receiver.Close()
	m := newStorage()
	bearer, _, err := m.keys(t).Mint(t.Context(), apikey.NewKey{Workspace: "w", Owner: "ana", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll}})
	if err != nil {
		t.Fatal(err)
	}
	create := func(s *started) int {
		t.Helper()
		body := strings.NewReader(`{"url":"` + receiver.URL + `","in_force_changed":true}`)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/assets/webhooks", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	strict := m.start(t)
	if status := create(strict); status != http.StatusUnprocessableEntity {
		t.Errorf("without the flag: %d", status)
	}
	strict.stop()
	s := m.start(t, "-webhook-allow", "10.0.0.0/8:80", "-webhook-allow", "127.0.0.0/8")
	defer s.stop()
	if status := create(s); status != http.StatusCreated {
		t.Fatalf("with the flag: %d", status)
	}
	m.approved(t, "w", "Spring is here.")
	select {
	case r := <-got:
		if !strings.HasPrefix(r.Header.Get("X-10ex-Signature"), "sha256=") || r.Header.Get("Webhook-Id") == "" {
			t.Errorf("headers %v", r.Header)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nothing arrives")
	}
	if code, _, stderr := newStorage().run(t, "-webhook-allow", "everywhere"); code != servercmd.ExitUsage || !strings.Contains(stderr, "webhook-allow") {
		t.Errorf("a malformed network: exit code %d, %s", code, stderr)
	}
}

// TestSmallContentsFlag: the size is checked before anything is opened.
func TestSmallContentsFlag(t *testing.T) {
	t.Parallel()
	for _, size := range []string{"-1", "65537", "much"} {
		if code, _, stderr := newStorage().run(t, "-small-contents", size); code != servercmd.ExitUsage || !strings.Contains(stderr, "from 0 to 65536") {
			t.Errorf("%s: exit code %d, %s", size, code, stderr)
		}
	}
}
