package mcpx_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

// subscriber connects a client to a server and receives the URIs of changed resources.
func subscriber(t *testing.T, server *mcp.Server) (*mcp.ClientSession, <-chan string) {
	t.Helper()
	changed := make(chan string, 10)
	forServer, forClient := mcp.NewInMemoryTransports()
	if _, err := server.Connect(t.Context(), forServer, nil); err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { changed <- req.Params.URI },
	})
	session, err := client.Connect(t.Context(), forClient, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session, changed
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	bot := assetstest.Agent("acme", "bot")
	opts := mcpx.Options{Actor: func(context.Context, *mcp.RequestExtra) (assets.Actor, error) { return bot, nil }}
	hostOpts := opts
	hostOpts.Subscriptions = mcpx.NewSubscriptions(lib, opts)
	host := mcp.NewServer(&mcp.Implementation{Name: "host", Version: "1"}, &mcp.ServerOptions{
		SubscribeHandler: hostOpts.Subscriptions.Subscribe, UnsubscribeHandler: hostOpts.Subscriptions.Unsubscribe,
	})
	mcpx.Register(host, lib, hostOpts)
	for name, server := range map[string]*mcp.Server{"ours": mcpx.Server(lib, opts), "the host's": host} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session, changed := subscriber(t, server)
			if c := session.InitializeResult().Capabilities.Resources; c == nil || !c.Subscribe {
				t.Fatalf("the capabilities are %+v", c)
			}
			create := func(by assets.Actor) *assets.Asset {
				t.Helper()
				made, err := lib.Create(t.Context(), by, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
				if err != nil {
					t.Fatal(err)
				}
				return made.Asset
			}
			edit := func(a *assets.Asset, n int) {
				t.Helper()
				if _, err := lib.Edit(t.Context(), bot, a.ID, assets.Edit{Title: new(fmt.Sprint("title ", n))}); err != nil {
					t.Fatal(err)
				}
			}
			own, other := create(bot), create(bot)
			foreign := create(assetstest.Agent("other", "bot"))
			for uri, want := range map[string]string{
				"asset://" + string(foreign.ID): "not found", "asset://" + string(own.ID) + "/versions/1": "only assets", "asset://x": "UUID",
			} {
				err := hostOpts.Subscriptions.Subscribe(t.Context(), &mcp.SubscribeRequest{Params: &mcp.SubscribeParams{URI: uri}})
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", uri, err, want)
				}
			}
			uri := "asset://" + string(own.ID)
			if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
				t.Fatal(err)
			}
			for n, told := 0, false; !told; n++ { // a subscription of the newest protocol takes a while
				edit(other, n)
				edit(own, n)
				select {
				case got := <-changed:
					told = true
					if got != uri {
						t.Errorf("%s has changed, want %s", got, uri)
					}
				case <-time.After(20 * time.Millisecond):
					if n == 1500 {
						t.Fatal("nobody was told")
					}
				}
			}
			if err := session.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: uri}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestStatelessHandlerHasNoSubscriptions: nobody could be told.
func TestStatelessHandlerHasNoSubscriptions(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	_, _, body := ts.post("user", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if !strings.Contains(body, `"resources":{}`) {
		t.Errorf("the capabilities are in %s", body)
	}
}
