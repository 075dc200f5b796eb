package mcpx_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/assetstest"
)

// TestErasedOverMCP: get_asset tells that a content was erased, and reading it is an error.
func TestErasedOverMCP(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	id := ts.newAsset("w1", "draft")
	if _, err := ts.lib.Erase(t.Context(), assetstest.User("w1", "ann"), id, 2, "a request"); err != nil {
		t.Fatal(err)
	}
	got := ts.call("user", "get_asset", `{"asset_id":"`+string(id)+`"}`)
	if !strings.Contains(got.Body, "The content of version 2 was erased.") || !strings.Contains(got.Body, `"erased_at":"2`) {
		t.Errorf("get_asset: %s", got.Body)
	}
	got = ts.call("user", "read_asset_content", `{"asset_id":"`+string(id)+`","version":2}`)
	if !strings.Contains(got.Body, `erased`) || !strings.Contains(got.Body, `410`) {
		t.Errorf("read_asset_content: %s", got.Body)
	}
}
