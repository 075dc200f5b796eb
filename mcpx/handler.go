package mcpx

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// maxBody is how many bytes a request may have: the largest arguments, and what
// surrounds them.
const maxBody = maxContent + 64<<10

const defaultStall = 60 * time.Second

// HTTPOptions are what a host plugs into [Handler]. Authenticate is required.
type HTTPOptions struct {
	// Authenticate answers who calls, as in httpx.Options: httpx.Bearer for
	// API keys, or the host's own. Without a valid credential every request is
	// the 401 of the routes.
	Authenticate func(*http.Request) (assets.Actor, error)

	// Origins are the web origins, such as https://app.example.com, whose pages
	// may call, beside those of the Library's own links. A request of any
	// other page is 403, as is one that reaches a loopback address by another
	// host name (DNS rebinding).
	Origins []string

	// Exports is as in Options.
	Exports *export.Exporter

	// StallTimeout is how long a client may take to send or receive 64 KiB
	// before it is cut; default 60 s.
	StallTimeout time.Duration

	// Logger gets what was answered with 500 or 503; default: the Library's.
	Logger *slog.Logger
}

// Handler serves the tools and resources over Streamable HTTP at whatever path
// it is mounted: stateless, so that any process answers any request, and in
// JSON. It panics when HTTPOptions has no Authenticate.
func Handler(lib *assets.Library, opts HTTPOptions) http.Handler {
	if opts.Authenticate == nil {
		panic("mcpx: HTTPOptions.Authenticate is required, for example httpx.Bearer(ring)")
	}
	if opts.Logger == nil {
		opts.Logger = lib.Logger()
	}
	if opts.StallTimeout == 0 {
		opts.StallTimeout = defaultStall
	}
	server := Server(lib, Options{Logger: opts.Logger, Exports: opts.Exports, Actor: authenticated})
	g := gate{
		own: append(slices.Clone(opts.Origins), lib.PublicURL(), lib.BaseURL()),
		next: withActor(mcp.NewStreamableHTTPHandler(
			func(*http.Request) *mcp.Server { return server },
			&mcp.StreamableHTTPOptions{
				Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxBody,
				PropagateRequestCancellation: true,
				DisableLocalhostProtection:   true, // the gate knows the host's own names
			},
		)),
	}
	cfg := rest.Config{Authenticate: opts.Authenticate, Logger: opts.Logger, Stall: opts.StallTimeout}
	return rest.Endpoint(cfg, "mcp", g.admit, g.serve)
}

// gate stands before the protocol.
type gate struct {
	own  []string // origins; empty ones are nobody's
	next http.Handler
}

// admit refuses what a foreign web page sends. A Host header is believed no more
// than an Origin: where the request arrived at a loopback address, it has to be
// one too, or the name of one of the origins.
func (g gate) admit(r *http.Request) error {
	addr, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	local := addr != nil && loopback(addr.String())
	if local && !loopback(r.Host) && !slices.ContainsFunc(g.own, func(origin string) bool { return hostOf(origin) == r.Host }) {
		return wire.ErrForeignOrigin
	}
	for _, origin := range r.Header.Values("Origin") {
		itself := local && loopback(r.Host) && hostOf(origin) == r.Host
		if !itself && (origin == "" || !slices.Contains(g.own, origin)) {
			return wire.ErrForeignOrigin
		}
	}
	return nil
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Host
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

func (g gate) serve(w http.ResponseWriter, r *http.Request, by assets.Actor) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return wire.ErrMethodNotAllowed
	}
	tooLarge := assets.Errorf(assets.ErrTooLarge, "the request is larger than %d bytes", maxBody)
	if r.ContentLength > maxBody {
		return tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return err
	case len(body) > maxBody:
		return tooLarge
	}
	r = r.Clone(context.WithValue(r.Context(), actorKey{}, by))
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer checked") // the credential goes no further
	g.next.ServeHTTP(w, r)
	return nil
}

type actorKey struct{}

const actorInfo = "actor"

// withActor hands the actor of a request over to the calls in it, by the one
// way that the protocol's library has.
func withActor(next http.Handler) http.Handler {
	verify := func(ctx context.Context, _ string, _ *http.Request) (*auth.TokenInfo, error) {
		return &auth.TokenInfo{Extra: map[string]any{actorInfo: ctx.Value(actorKey{})}}, nil
	}
	return auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(next)
}

// authenticated answers the actor of the request that a call came with.
func authenticated(_ context.Context, extra *mcp.RequestExtra) (assets.Actor, error) {
	if extra == nil || extra.TokenInfo == nil {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	by, ok := extra.TokenInfo.Extra[actorInfo].(assets.Actor)
	if !ok {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return by, nil
}
