package mcpx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

// mounted returns the response of a handler that nobody may use.
func mounted(t *testing.T, m *oauthex.ProtectedResourceMetadata, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	mcpx.Mount(mux, "/mcp", assetstest.New(t), mcpx.HTTPOptions{
		Authenticate: func(*http.Request) (assets.Actor, error) { return assets.Actor{}, assets.ErrUnauthorized },
		Metadata:     m,
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "https://assets.example"+path, nil))
	return w
}

// TestMetadata: a 401 names the metadata of a host with OAuth, and they are there.
func TestMetadata(t *testing.T) {
	t.Parallel()
	m := &oauthex.ProtectedResourceMetadata{
		Resource: "https://assets.example/mcp", AuthorizationServers: []string{"https://login.example"}, ScopesSupported: []string{"assets:read"},
	}
	w := mounted(t, m, "POST", "/mcp")
	place, ok := strings.CutPrefix(w.Header().Get("WWW-Authenticate"), `Bearer resource_metadata="https://assets.example`)
	if w.Code != http.StatusUnauthorized || !ok {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	const want = `{"resource":"https://assets.example/mcp","authorization_servers":["https://login.example"],"scopes_supported":["assets:read"]}`
	place = strings.TrimSuffix(place, `"`)
	if place != "/.well-known/oauth-protected-resource/mcp" {
		t.Errorf("the metadata are at %s", place)
	}
	for _, path := range []string{place, "/.well-known/oauth-protected-resource"} {
		if w := mounted(t, m, "GET", path); w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "HEAD": http.StatusOK, "POST": http.StatusMethodNotAllowed} {
		if w := mounted(t, m, method, place); w.Code != status {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// Without metadata their path is a 404 in JSON, as unknown paths of the routes are.
func TestNoMetadata(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"} {
		if w := mounted(t, nil, "GET", path); w.Code != http.StatusNotFound || w.Body.String() != `{"detail":"not found","code":"not_found"}` || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	if w := mounted(t, nil, "POST", "/mcp"); w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%v", w.Header())
	}
}

func TestMetadataNeedTheirResource(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{"", "/mcp", "ftp://assets.example/mcp", "https://assets.example/mcp#x"} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "Metadata.Resource must be the URL") {
					t.Errorf("%q: panics with %q", resource, text)
				}
			}()
			mcpx.Metadata(mcpx.HTTPOptions{Metadata: &oauthex.ProtectedResourceMetadata{Resource: resource}})
		}()
	}
}
