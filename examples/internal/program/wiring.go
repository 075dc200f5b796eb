package program

import (
	"log/slog"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/versioning"
)

// mcpPath is where the tools are served.
const mcpPath = "/mcp"

// handler wires the product: a Library on the data, its routes and its tools
// for whoever has an API key.
func (d *Data) handler(publicURL string, log *slog.Logger) (http.Handler, error) {
	lib, keys, err := d.library(publicURL, log)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: log})
	mux.Handle(mcpPath, mcpx.Handler(lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: log}))
	return mux, nil
}

func (d *Data) library(publicURL string, log *slog.Logger) (*assets.Library, *apikey.Ring, error) {
	keys, err := apikey.New(apikey.Config{Store: d.Store, Logger: log})
	if err != nil {
		return nil, nil, err
	}
	lib, err := assets.New(assets.Config{
		Store: d.Store, Blobs: d.Blobs,
		Versioner: versioning.Linear{}, Approver: approval.Policy{},
		SigningKeys: d.SigningKeys, PublicURL: publicURL, Logger: log,
	})
	return lib, keys, err
}
