package mcpx_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

// TestMCP04CancelledApproval: a call that is cancelled in the middle of the
// commit has happened once or not at all.
func TestMCP04CancelledApproval(t *testing.T) {
	t.Parallel()
	slow := &slowStore{entered: make(chan struct{}), leave: make(chan struct{})}
	w := newWorld(t, func(c *assets.Config) { slow.backend = c.Store.(backend); c.Store = slow })
	id := w.asset("w1", "pending")
	s := w.client("user")
	ctx, cancel := context.WithCancel(t.Context())
	slow.armed.Store(true)
	done := make(chan error, 1)
	go func() {
		_, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "approve_asset", Arguments: map[string]any{"asset_id": id, "version": 2}})
		done <- err
	}()
	<-slow.entered
	cancel()
	if err := <-done; err == nil {
		t.Error("the cancelled call was answered")
	}
	slow.armed.Store(false)
	close(slow.leave)
	got := w.must("user", "approve_asset", fmt.Sprintf(`{"asset_id":%q,"version":2}`, id))
	if got["status"] != "approved" {
		t.Errorf("%v", got)
	}
	reviews := w.must("user", "get_asset", fmt.Sprintf(`{"asset_id":%q}`, id))["reviews"].([]any)
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

// TestTicketStory: an agent with nothing but tools and a PUT stores a video,
// may not approve it, and a person does.
func TestTicketStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const size = 50 << 20
	ticket := w.must("agent", "create_asset_upload", fmt.Sprintf(`{"filename":"spot.mp4","media_type":"video/mp4","size_bytes":%d}`, size))
	head := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	content := io.MultiReader(strings.NewReader(head), io.LimitReader(repeat(0), size-int64(len(head))))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, ticket["url"].(string), content)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = size
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("%d", resp.StatusCode)
	}
	made := w.must("agent", "create_asset", fmt.Sprintf(`{"type":"video","title":"Spot","upload_id":%q}`, ticket["upload_id"]))
	if c := made["content"].(map[string]any); c["size_bytes"] != float64(size) || c["media_type"] != "video/mp4" || c["filename"] != "spot.mp4" {
		t.Errorf("%v", c)
	}
	if got := w.call("agent", "create_asset", fmt.Sprintf(`{"type":"video","title":"Spot","upload_id":%q}`, ticket["upload_id"])); got.Refusal.Code != "upload_used" || got.Refusal.Status != 409 {
		t.Errorf("a second use: %s", got.Body)
	}
	id, _ := made["id"].(string)
	w.must("agent", "submit_asset", fmt.Sprintf(`{"asset_id":%q}`, id))
	decision := fmt.Sprintf(`{"asset_id":%q,"version":1,"sha256":%q}`, id, made["content"].(map[string]any)["sha256"])
	got := w.call("agent", "approve_asset", decision)
	if got.Refusal.Code != "agent_cannot_approve" || got.Refusal.Status != 403 || got.Refusal.ReviewURL != "https://app.example/review/"+id {
		t.Errorf("an agent approves: %s", got.Body)
	}
	if done := w.must("user", "approve_asset", decision); done["status"] != "approved" {
		t.Errorf("%v", done)
	}
}
