package mcpx_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestAUTH01OneRefusal: without a valid credential every request, whatever it
// asks, is the 401 of the routes.
func TestAUTH01OneRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, header, want := w.rest("none", "GET", base, "")
	w.keys["malformed"], w.keys["unknown"] = "x", "tnx_abcdefgh_"+strings.Repeat("0", 49)
	for _, key := range []string{"none", "revoked", "malformed", "unknown"} {
		for _, message := range []string{listTools, `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "nonsense", ""} {
			status, h, body := w.raw(key, message)
			for _, r := range []http.Header{header, h} {
				r.Del("Date")
			}
			if diff := cmp.Diff(header, h); status != http.StatusUnauthorized || body != string(want) || diff != "" {
				t.Errorf("%s: %d %s %s", key, status, body, diff)
			}
		}
	}
}

// TestMCP01InterleavedKeys: calls by several keys on one connection, with one
// session id, act each as its own key.
func TestMCP01InterleavedKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 10 {
		for _, key := range []string{"user", "other", "agent", "read", "none", "revoked"} {
			got := w.call(key, "create_asset", fmt.Sprintf(`{"type":"copy","title":"%s %d","text":"x"}`, key, i), "Mcp-Session-Id", "one-for-all")
			switch key {
			case "user", "other", "agent":
				workspace, owner := "w1", map[string]string{"user": "ann", "other": "olga", "agent": "bot"}[key]
				if key == "other" {
					workspace = "w2"
				}
				if got.Result["workspace_id"] != workspace || got.Result["created_by"] != owner {
					t.Errorf("%s: %s", key, got.Body)
				}
			case "read":
				if got.Refusal.Code != "forbidden_scope" {
					t.Errorf("%s: %s", key, got.Body)
				}
			default:
				if got.Status != http.StatusUnauthorized {
					t.Errorf("%s: %d %s", key, got.Status, got.Body)
				}
			}
		}
	}
	var wg sync.WaitGroup // and at once
	for range 8 {
		for key, workspace := range map[string]string{"user": "w1", "other": "w2"} {
			wg.Go(func() {
				for range 20 {
					for _, item := range w.must(key, "list_assets", `{"limit":3}`)["items"].([]any) {
						if item.(map[string]any)["workspace_id"] != workspace {
							t.Errorf("%s was shown %v", key, item)
						}
					}
				}
			})
		}
	}
	wg.Wait()
}

// TestAUTH02RevokedInASession: a key that is revoked fails on the next call.
func TestAUTH02RevokedInASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.client("agent")
	call := func() error {
		_, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_assets"})
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	if err := w.ring.RevokeAny(t.Context(), strings.Split(w.keys["agent"], "_")[1]); err != nil {
		t.Fatal(err)
	}
	if err := call(); err == nil {
		t.Error("a revoked key was let in")
	}
}
