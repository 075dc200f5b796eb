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

// handler returns the routes, the tools and the page for reviews of a Library on the
// data, all authenticated by API keys. code is that of the page's sign-in link at a first
// start, otherwise empty.
func (s *session) handler(d *Data, publicURL string) (h http.Handler, code string, err error) {
	lib, keys, err := s.newLibrary(d, publicURL)
	if err != nil {
		return nil, "", err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Logger: s.log})
	mcpx.Mount(mux, mcpPath, lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: s.log})
	return mux, s.mountReview(mux, lib, keys, publicURL, d.FirstKey), nil
}

func (s *session) newLibrary(d *Data, publicURL string) (*assets.Library, *apikey.Ring, error) {
	keys, err := apikey.New(apikey.Config{Store: d.Store, Logger: s.log})
	if err != nil {
		return nil, nil, err
	}
	lib, err := assets.New(assets.Config{
		Store: d.Store, Blobs: d.Blobs,
		Versioner: versioning.Linear{}, Approver: s.server.Policy, ReviewURL: s.reviewURL(publicURL),
		SigningKeys: d.SigningKeys, PublicURL: publicURL, Logger: s.log,
	})
	return lib, keys, err
}
