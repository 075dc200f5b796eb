package servercmd

import (
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/versioning"
)

// mcpPath is the path of the tools.
const mcpPath = "/mcp"

// handler returns the routes and the tools of a Library on the data, both
// authenticated by API keys.
func (s *session) handler(d *Data, publicURL string) (http.Handler, error) {
	lib, keys, err := s.newLibrary(d, publicURL)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: s.log})
	mcpx.Mount(mux, mcpPath, lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: s.log})
	return mux, nil
}

func (s *session) newLibrary(d *Data, publicURL string) (*assets.Library, *apikey.Ring, error) {
	keys, err := apikey.New(apikey.Config{Store: d.Store, Logger: s.log})
	if err != nil {
		return nil, nil, err
	}
	lib, err := assets.New(assets.Config{
		Store: d.Store, Blobs: d.Blobs,
		Versioner: versioning.Linear{}, Approver: s.server.Policy, ReviewURL: s.server.ReviewURL,
		SigningKeys: d.SigningKeys, PublicURL: publicURL, Logger: s.log,
	})
	return lib, keys, err
}
