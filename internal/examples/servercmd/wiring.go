package servercmd

import (
	"flag"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/versioning"
	"github.com/10ex/assets/webhook"
)

// mcpPath is the path of the tools.
const mcpPath = "/mcp"

// handler returns the routes, the tools and the page for reviews of a Library on the
// data, all authenticated by API keys, and the webhooks, which may call the given networks
// too. code is that of the page's sign-in link at a first start, otherwise empty.
func (s *session) handler(d *Data, publicURL string, allow []webhook.Network) (h http.Handler, hooks *webhook.Hooks, code string, err error) {
	lib, keys, err := s.newLibrary(d, publicURL)
	if err != nil {
		return nil, nil, "", err
	}
	hooks, err = webhook.New(webhook.Config{Library: lib, Allow: allow})
	if err != nil {
		return nil, nil, "", err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Webhooks: hooks, Logger: s.log})
	mcpx.Mount(mux, mcpPath, lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: s.log})
	return mux, hooks, s.mountReview(mux, lib, keys, publicURL, d.FirstKey), nil
}

// webhookNetworks registers the flag -webhook-allow, which may be repeated, and returns
// the networks that it names once the flags are parsed.
func webhookNetworks(flags *flag.FlagSet) *[]webhook.Network {
	var allow []webhook.Network
	flags.Func("webhook-allow", "`CIDR[:port]` that webhooks may call besides public addresses, with http too; may be repeated", func(text string) error {
		n, err := webhook.ParseNetwork(text)
		allow = append(allow, n)
		return err
	})
	return &allow
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
