package mcpx_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// A handler of its own beside the REST routes, for callers with an API key.
func ExampleHandler() {
	store := memory.New()
	lib, err := assets.New(assets.Config{
		Store: store, Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	ring, err := apikey.New(apikey.Config{Store: store})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(ring)})
	mux.Handle("/mcp", mcpx.Handler(lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(ring)}))

	server := httptest.NewServer(mux)
	defer server.Close()
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1.0.0"}, nil)
	_, err = client.Connect(context.Background(), &mcp.StreamableClientTransport{Endpoint: server.URL + "/mcp"}, nil)
	fmt.Println("without a key:", strings.Contains(err.Error(), "Unauthorized"))
	// Output:
	// without a key: true
}

// The tools on a server of the host's own, which authenticates its agents
// itself.
func ExampleRegister() {
	lib, err := assets.New(assets.Config{
		Store: memory.New(), Blobs: blob.NewMemory(), Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "host", Version: "1.0.0"}, nil)
	mcpx.Register(server, lib, mcpx.Options{
		Actor: func(context.Context, *mcp.RequestExtra) (assets.Actor, error) {
			return assets.Actor{
				Workspace: "acme", Subject: "copywriter", Kind: assets.KindAgent, Scopes: []assets.Scope{assets.ScopeAll},
			}, nil
		},
	})

	ctx := context.Background()
	here, there := mcp.NewInMemoryTransports()
	if _, err := server.Connect(ctx, here, nil); err != nil {
		log.Fatal(err)
	}
	agent, err := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1.0.0"}, nil).Connect(ctx, there, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer agent.Close()
	made, err := agent.CallTool(ctx, &mcp.CallToolParams{Name: "create_asset", Arguments: map[string]any{
		"type": "copy", "title": "Tagline", "text": "Spring is here.", "submit": true,
	}})
	if err != nil {
		log.Fatal(err)
	}
	asset, _ := made.StructuredContent.(map[string]any)
	fmt.Println(asset["status"])
	refused, err := agent.CallTool(ctx, &mcp.CallToolParams{Name: "approve_asset", Arguments: map[string]any{"asset_id": asset["id"]}})
	if err != nil {
		log.Fatal(err)
	}
	text, _ := refused.Content[0].(*mcp.TextContent)
	fmt.Println(text.Text)
	// Output:
	// pending_review
	// {"detail":"a person has to decide this: an actor of kind agent may not approve or withdraw an approval","code":"agent_cannot_approve","status":403}
}
