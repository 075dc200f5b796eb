package mcpx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// A call that is cancelled during the commit takes effect once or not at all.
func TestCancelledApprovalMCP04(t *testing.T) {
	t.Parallel()
	store := &faultyStore{blocked: make(chan struct{}), release: make(chan struct{})}
	ts := newTestServer(t, func(c *assets.Config) { store.Store = c.Store.(*memory.Store); c.Store = store })
	id := ts.newAsset("w1", "pending")
	s := ts.client("user")
	ctx, cancel := context.WithCancel(t.Context())
	store.blocking.Store(true)
	done := make(chan error, 1)
	go func() {
		_, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "approve_asset", Arguments: map[string]any{"asset_id": id, "version": 2}})
		done <- err
	}()
	<-store.blocked
	cancel()
	if err := <-done; err == nil {
		t.Error("the cancelled call was answered")
	}
	store.blocking.Store(false)
	close(store.release)
	got := ts.mustCall("user", "approve_asset", fmt.Sprintf(`{"asset_id":%q,"version":2}`, id))
	if got["status"] != "approved" {
		t.Errorf("%v", got)
	}
	reviews := ts.mustCall("user", "get_asset", fmt.Sprintf(`{"asset_id":%q}`, id))["reviews"].([]any)
	approvals := 0
	for _, r := range reviews {
		if r.(map[string]any)["action"] == "approve" {
			approvals++
		}
	}
	if approvals != 1 {
		t.Errorf("%d approvals, want 1", approvals)
	}
}

// A panic is an internal error, and the next call works.
func TestPanicInToolLOG03(t *testing.T) {
	t.Parallel()
	store := &faultyStore{}
	ts := newTestServer(t, func(c *assets.Config) { store.Store = c.Store.(*memory.Store); c.Store = store })
	store.panicking.Store(true)
	got := ts.call("user", "create_asset", `{"type":"copy","title":"t","text":"x"}`)
	if got.Refusal.Code != "internal_error" || strings.Contains(got.Body, "bomb") {
		t.Errorf("%s", got.Body)
	}
	store.panicking.Store(false)
	ts.mustCall("user", "create_asset", `{"type":"copy","title":"t","text":"x"}`)
	if !strings.Contains(ts.log.String(), "bomb") {
		t.Error("the panic is not in the log")
	}
}
