package mcpx_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// TestToolCallsAreObserved: each within its request, with its error.
func TestToolCallsAreObserved(t *testing.T) {
	t.Parallel()
	type spanKey struct{}
	var mu sync.Mutex
	parents, codes, workspaces := map[string]string{}, map[string]string{}, map[string]string{}
	ts := newTestServer(t, func(c *assets.Config) {
		c.Observe = func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
			parent, _ := ctx.Value(spanKey{}).(string)
			name := string(op.Kind) + " " + op.Name
			mu.Lock()
			defer mu.Unlock()
			parents[name] = parent
			if op.Door != "mcp" {
				t.Errorf("%s came through %s", name, op.Door)
			}
			return context.WithValue(ctx, spanKey{}, name), func(out assets.Outcome) {
				mu.Lock()
				defer mu.Unlock()
				codes[name], workspaces[name] = out.Code, out.Workspace
			}
		}
	})
	ts.call("read", "list_assets", `{}`)
	ts.call("read", "get_asset", `{"asset_id":"no id"}`)
	mu.Lock()
	defer mu.Unlock()
	for name, parent := range map[string]string{"http mcp": "", "tool list_assets": "http mcp", "method List": "tool list_assets", "tool get_asset": "http mcp"} {
		if got, known := parents[name]; !known || got != parent {
			t.Errorf("%s is within %q, want %q", name, got, parent)
		}
	}
	if codes["tool list_assets"] != "" || codes["tool get_asset"] != "validation_error" || workspaces["tool list_assets"] != "w1" {
		t.Errorf("codes %v, workspaces %v", codes, workspaces)
	}
}

// absentStore is a store that can be away.
type absentStore struct {
	*memory.Store
	away atomic.Bool
}

func (s *absentStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	if s.away.Load() {
		return assets.Errorf(assets.ErrUnavailable, "away")
	}
	return s.Store.View(ctx, fn)
}

func (s *absentStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	if s.away.Load() {
		return assets.Errorf(assets.ErrUnavailable, "away")
	}
	return s.Store.Update(ctx, fn)
}

// TestErrorLinesNameTheRequest: the line of the log about a tool that failed has the id of
// the request, the workspace and the asset.
func TestErrorLinesNameTheRequest(t *testing.T) {
	t.Parallel()
	store := &absentStore{Store: memory.New()}
	ts := newTestServer(t, func(c *assets.Config) { c.Store = store })
	id := ts.newAsset("w1", "draft")
	store.away.Store(true)
	for tool, about := range map[string]struct {
		arguments string
		asset     any
	}{
		"get_asset":    {`{"asset_id":"` + string(id) + `"}`, string(id)},
		"create_asset": {`{"type":"copy","title":"Launch","text":"hello"}`, nil},
	} {
		before := len(ts.log.String())
		ts.call("user", tool, about.arguments, "X-Request-Id", "request-1")
		var line map[string]any
		if err := json.Unmarshal([]byte(ts.log.String()[before:]), &line); err != nil {
			t.Fatalf("%s: %v: %s", tool, err, ts.log)
		}
		for name, want := range map[string]any{"request_id": "request-1", "workspace": "w1", "asset": about.asset, "operation": tool, "code": "unavailable"} {
			if line[name] != want {
				t.Errorf("%s: %s is %v, want %v", tool, name, line[name], want)
			}
		}
	}
}
