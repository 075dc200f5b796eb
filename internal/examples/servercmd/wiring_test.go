package servercmd_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
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
