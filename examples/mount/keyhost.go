package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/store/memory"
	"github.com/10ex/assets/versioning"
)

// keyHost authenticates by API keys, which are stored beside the assets, and serves
// all routes at their default paths.
type keyHost struct {
	lib  *assets.Library
	keys *apikey.Ring
}

func newKeyHost(log *slog.Logger) (*keyHost, error) {
	rows := memory.New()
	keys, err := apikey.New(apikey.Config{Store: rows, Logger: log})
	if err != nil {
		return nil, err
	}
	lib, err := assets.New(assets.Config{
		Store:     rows,
		Blobs:     blob.NewMemory(),
		Versioner: versioning.Linear{},
		Approver:  approval.Policy{},
		Logger:    log,
	})
	return &keyHost{lib: lib, keys: keys}, err
}

func (h *keyHost) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	httpx.Mount(mux, h.lib, httpx.Options{Authenticate: httpx.Bearer(h.keys)})
	return mux
}

// mint creates a key of a person and returns it. It cannot be read again.
func (h *keyHost) mint(ctx context.Context) (string, error) {
	key, _, err := h.keys.Mint(ctx, apikey.NewKey{
		Workspace: "acme", Owner: "ana", Name: "first", Kind: assets.KindUser, Scopes: []assets.Scope{assets.ScopeAll},
	})
	return key, err
}
