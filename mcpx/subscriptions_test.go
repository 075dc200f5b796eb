package mcpx_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/mcpx"
)

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
			session, changed := connect(t, server, "")
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

// caller is the key of who connects, in the context of a session.
type caller struct{}

// connect connects a client to a server, as a caller, and receives the URIs of changed
// resources.
func connect(t *testing.T, server *mcp.Server, by string) (*mcp.ClientSession, <-chan string) {
	t.Helper()
	changed := make(chan string, 100)
	forServer, forClient := mcp.NewInMemoryTransports()
	if _, err := server.Connect(context.WithValue(t.Context(), caller{}, by), forServer, nil); err != nil {
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

// TestSubscriptionsEndWithTheirCaller: within a minute after a key was revoked, its sessions
// are told of nothing any more, and those of others are. A failure of the check ends none.
func TestSubscriptionsEndWithTheirCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lib := assetstest.New(t)
		bot := assetstest.Agent("acme", "bot")
		failing := map[string]error{}
		var mu sync.Mutex
		fails := func(by string, err error) {
			mu.Lock()
			defer mu.Unlock()
			failing[by] = err
		}
		server := mcpx.Server(lib, mcpx.Options{Actor: func(ctx context.Context, _ *mcp.RequestExtra) (assets.Actor, error) {
			mu.Lock()
			defer mu.Unlock()
			by, _ := ctx.Value(caller{}).(string)
			return bot, failing[by]
		}})
		made, err := lib.Create(t.Context(), bot, assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]<-chan string{}
		for _, by := range []string{"revoked", "kept", "unknown"} {
			session, changed := connect(t, server, by)
			if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "asset://" + string(made.Asset.ID)}); err != nil {
				t.Fatal(err)
			}
			told[by] = changed
		}
		time.Sleep(time.Second) // a subscription of the newest protocol takes a while
		change := func(n int, want map[string]bool) {
			t.Helper()
			if _, err := lib.Edit(t.Context(), bot, made.Asset.ID, assets.Edit{Title: new(fmt.Sprint("title ", n))}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			for by, changed := range told {
				if got := len(changed) > 0; got != want[by] {
					t.Errorf("change %d: %s is told: %t, want %t", n, by, got, want[by])
				}
				for len(changed) > 0 {
					<-changed
				}
			}
		}
		change(1, map[string]bool{"revoked": true, "kept": true, "unknown": true})
		fails("revoked", assets.ErrUnauthorized)
		fails("unknown", assets.ErrUnavailable)
		time.Sleep(time.Minute)
		change(2, map[string]bool{"kept": true, "unknown": true})
		fails("revoked", nil) // it has ended, and does not begin again
		time.Sleep(time.Minute)
		change(3, map[string]bool{"kept": true, "unknown": true})
	})
}

// TestSubscriptionsOfAWorkspaceAreLimited: one workspace does not take the places of another,
// and a session that has ended takes none.
func TestSubscriptionsOfAWorkspaceAreLimited(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	opts := mcpx.Options{Actor: func(ctx context.Context, _ *mcp.RequestExtra) (assets.Actor, error) {
		workspace, _ := ctx.Value(caller{}).(string)
		return assetstest.Agent(workspace, "bot"), nil
	}}
	subscriptions := mcpx.NewSubscriptions(lib, opts)
	server := mcp.NewServer(&mcp.Implementation{Name: "host", Version: "1"}, nil)
	session := func() (*mcp.ServerSession, *mcp.ClientSession) {
		forServer, forClient := mcp.NewInMemoryTransports()
		ours, err := server.Connect(t.Context(), forServer, nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), forClient, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = theirs.Close() })
		return ours, theirs
	}
	subscribe := func(session *mcp.ServerSession, workspace string) error {
		made, err := lib.Create(t.Context(), assetstest.Agent(workspace, "bot"), assets.NewAsset{Type: assets.TypeCopy, Title: "t", NewVersion: assets.NewVersion{Text: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.WithValue(t.Context(), caller{}, workspace)
		return subscriptions.Subscribe(ctx, &mcp.SubscribeRequest{Session: session, Params: &mcp.SubscribeParams{URI: "asset://" + string(made.Asset.ID)}})
	}
	first, client := session()
	second, _ := session()
	for range 100 {
		if err := subscribe(first, "big"); err != nil {
			t.Fatal(err)
		}
	}
	if err := subscribe(second, "big"); err == nil || !strings.Contains(err.Error(), "100 subscriptions") {
		t.Errorf("one more: %v", err)
	}
	if err := subscribe(second, "small"); err != nil {
		t.Errorf("another workspace: %v", err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // until it is known that the session has ended
		err := subscribe(second, "big")
		if err == nil {
			break
		}
		if n == 1000 {
			t.Fatalf("after the session has ended: %v", err)
		}
	}
}
