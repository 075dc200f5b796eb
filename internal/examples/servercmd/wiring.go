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

// handler returns the routes and the tools of a Library on the data, both
// authenticated by API keys, and the webhooks, which may call the given networks too.
func (s *session) handler(d *Data, publicURL string, allow []webhook.Network) (http.Handler, *webhook.Hooks, error) {
	lib, keys, err := s.newLibrary(d, publicURL)
	if err != nil {
		return nil, nil, err
	}
	hooks, err := webhook.New(webhook.Config{Library: lib, Allow: allow})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Webhooks: hooks, Logger: s.log})
	mcpx.Mount(mux, mcpPath, lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: s.log})
	return mux, hooks, nil
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
		Versioner: versioning.Linear{}, Approver: s.server.Policy, ReviewURL: s.server.ReviewURL,
		SigningKeys: d.SigningKeys, PublicURL: publicURL, Logger: s.log,
	})
	return lib, keys, err
}
