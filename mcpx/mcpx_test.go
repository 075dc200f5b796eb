package mcpx_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

func TestRegisterRequiresActor(t *testing.T) {
	t.Parallel()
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "Options.Actor is required") {
			t.Errorf("Register panics with %q", text)
		}
	}()
	mcpx.Register(mcp.NewServer(&mcp.Implementation{Name: "host", Version: "1"}, nil), assetstest.New(t), mcpx.Options{})
}

// A host's own server may authenticate callers in its own way.
func TestRegisterOnHostServer(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	server := mcp.NewServer(&mcp.Implementation{Name: "host", Version: "1"}, nil)
	var mu sync.Mutex
	who, failure := assetstest.Agent("acme", "bot"), error(nil)
	mcpx.Register(server, lib, mcpx.Options{Actor: func(context.Context, *mcp.RequestExtra) (assets.Actor, error) {
		mu.Lock()
		defer mu.Unlock()
		return who, failure
	}})
	here, there := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), here, nil); err != nil {
		t.Fatal(err)
	}
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), there, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	call := func() (*mcp.CallToolResult, string) {
		got, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_assets"})
		if err != nil {
			t.Fatal(err)
		}
		return got, got.Content[0].(*mcp.TextContent).Text
	}
	if got, text := call(); got.IsError {
		t.Error(text)
	}
	for _, refusal := range []struct {
		err  error
		who  assets.Actor
		want string
	}{
		{assets.ErrUnauthorized, who, `"code":"unauthorized","status":401`},
		{fmt.Errorf("dial db.internal: %w", assets.ErrUnavailable), who, `"code":"unavailable","status":503`},
		{errors.New("secret"), who, `"code":"internal_error","status":500`},
		{nil, assets.Actor{Kind: assets.KindUser, Subject: "ann", Scopes: []assets.Scope{assets.ScopeAll}}, `"code":"unauthorized","status":401`}, // TEN-02
	} {
		mu.Lock()
		who, failure = refusal.who, refusal.err
		mu.Unlock()
		if got, text := call(); !got.IsError || !strings.Contains(text, refusal.want) || strings.Contains(text, "secret") || strings.Contains(text, "db.internal") {
			t.Errorf("%s, want %s", text, refusal.want)
		}
	}
}

// TestVolumeHeapStaysFlat measures the live heap after 800 more calls. It is not
// parallel, because it measures the process.
func TestVolumeHeapStaysFlat(t *testing.T) {
	ts := newTestServer(t)
	id := ts.newAsset("w1", "draft")
	calls := func(n int) {
		for range n {
			ts.mustCall("user", "get_asset", fmt.Sprintf(`{"asset_id":%q}`, id))
		}
	}
	live := func() uint64 {
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	calls(200)
	before := live()
	calls(800)
	after := live()
	t.Logf("live heap after 200 calls: %d bytes, after 1,000: %d (%+.1f %%)", before, after, 100*(float64(after)/float64(before)-1))
	if after > before+before/20 {
		t.Errorf("live heap grew from %d to %d bytes", before, after)
	}
}

// The log contains no bearer and no upload token.
func TestNoSecretsInLogLOG01(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	for key := range ts.keys {
		ts.call(key, "create_asset_upload", `{}`)
		ts.call(key, "get_asset", `{"asset_id":"nope"}`)
	}
	if secret := regexp.MustCompile(`tnx_|uploads/`).FindString(ts.log.String()); secret != "" {
		t.Errorf("%q is in the log: %s", secret, ts.log.String())
	}
}
