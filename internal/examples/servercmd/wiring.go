package servercmd

import (
	"flag"
	"fmt"
	"net/http"
	"strconv"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/mcpx"
	"github.com/10ex/assets/versioning"
	"github.com/10ex/assets/webhook"
)

// mcpPath is the path of the tools.
const mcpPath = "/mcp"

// service is what a server serves, and what it does besides.
type service struct {
	lib     *assets.Library
	hooks   *webhook.Hooks
	handler http.Handler
	code    string // of the page's sign-in link at a first start, otherwise empty
}

// newService returns the routes, the tools and the page for reviews of a Library on the
// data, all authenticated by API keys, the probes, and the webhooks, which may call the
// given networks too.
func (s *session) newService(d *Data, publicURL string, allow []webhook.Network) (*service, error) {
	lib, keys, err := s.newLibrary(d, publicURL)
	if err != nil {
		return nil, err
	}
	hooks, err := webhook.New(webhook.Config{Library: lib, Allow: allow})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	httpx.Mount(mux, lib, httpx.Options{Authenticate: httpx.Bearer(keys), Webhooks: hooks, Logger: s.log})
	mcpx.Mount(mux, mcpPath, lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(keys), Logger: s.log})
	mountProbes(mux, lib)
	code, err := s.mountReview(mux, lib, keys, publicURL, d.FirstKey)
	if err != nil {
		return nil, err
	}
	return &service{lib: lib, hooks: hooks, handler: mux, code: code}, nil
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

// defaultSmallContents is the default of the flag -small-contents.
const defaultSmallContents = 16 << 10

// smallContentsFlag registers the flag -small-contents for newLibrary.
func (s *session) smallContentsFlag() {
	s.smallContents = defaultSmallContents
	usage := fmt.Sprintf("size in `bytes` up to which contents are kept in the database; 0: all are in the bucket (default %d)", defaultSmallContents)
	s.flags.Func("small-contents", usage, func(text string) (err error) {
		s.smallContents, err = strconv.ParseInt(text, 10, 64)
		if err != nil || s.smallContents < 0 || s.smallContents > assets.MaxSmallContents {
			return fmt.Errorf("must be a number from 0 to %d", assets.MaxSmallContents)
		}
		return nil
	})
}

func (s *session) newLibrary(d *Data, publicURL string) (*assets.Library, *apikey.Ring, error) {
	keys, err := apikey.New(apikey.Config{Store: d.Store, Logger: s.log})
	if err != nil {
		return nil, nil, err
	}
	cfg := assets.Config{
		Store: d.Store, Blobs: d.Blobs,
		Versioner: versioning.Linear{}, Approver: s.server.Policy, ReviewURL: s.reviewURL(publicURL),
		ReviewLinkURL: reviewLinkURL(publicURL),
		SmallContents: s.smallContents,
		SigningKeys:   d.SigningKeys, PublicURL: publicURL, Logger: s.log,
	}
	if d.Attester != nil {
		cfg.Attest = d.Attester
	}
	lib, err := assets.New(cfg)
	return lib, keys, err
}
