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
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

// maxBody is the maximum size of a request in bytes: the largest arguments and
// the message around them.
const maxBody = maxContent + 64<<10

// bodyCopies is how many copies of a request are in memory while the SDK decodes it.
const bodyCopies = 6

const defaultIdleTimeout = 60 * time.Second

// HTTPOptions configure [Handler]. Authenticate is required.
type HTTPOptions struct {
	// Authenticate returns the caller, as in httpx.Options: httpx.Bearer for
	// API keys, or the host's own. A request without a valid credential gets
	// the same 401 as from the routes.
	Authenticate func(*http.Request) (assets.Actor, error)

	// Origins are the web origins, such as https://app.example.com, whose pages
	// may send requests, besides those of the Library's own links. A request
	// from any other page is 403, and so is one that reaches a loopback address
	// by another host name (DNS rebinding). All names of the loopback address
	// are one host.
	Origins []string

	// Metadata is the OAuth 2.0 protected resource metadata (RFC 9728) of a host
	// whose clients get their credentials from an authorization server. Its
	// Resource is the URL of the handler. Each 401 names where [Metadata] serves
	// it; if it is nil, clients need a credential from elsewhere.
	Metadata *oauthex.ProtectedResourceMetadata

	// Exports is as in Options.
	Exports *export.Exporter

	// StallTimeout is how long a client may take to send or receive 64 KiB
	// before it is disconnected; default 60 s.
	StallTimeout time.Duration

	// Logger gets the errors of status 500 and 503; default: the Library's.
	Logger *slog.Logger
}

// Handler returns a handler of the tools and resources over Streamable HTTP, to
// be mounted at any path. It keeps no sessions, so that any process can serve
// any request, and its responses are JSON. It panics if opts has no
// Authenticate, or metadata without the URL of their resource.
func Handler(lib *assets.Library, opts HTTPOptions) http.Handler {
	if opts.Authenticate == nil {
		panic("mcpx: HTTPOptions.Authenticate is required, for example httpx.Bearer(ring)")
	}
	if opts.Logger == nil {
		opts.Logger = lib.Logger()
	}
	if opts.StallTimeout == 0 {
		opts.StallTimeout = defaultIdleTimeout
	}
	checkMetadata(opts.Metadata)
	server := newServer(lib, Options{Logger: opts.Logger, Exports: opts.Exports, Actor: authenticated})
	var origins []string
	for _, place := range append(slices.Clone(opts.Origins), lib.PublicURL(), lib.BaseURL()) {
		origins = append(origins, originOf(place))
	}
	e := endpoint{
		origins: origins,
		next: withActor(mcp.NewStreamableHTTPHandler(
			func(*http.Request) *mcp.Server { return server },
			&mcp.StreamableHTTPOptions{
				Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxBody,
				PropagateRequestCancellation: true,
				DisableLocalhostProtection:   true, // checkOrigin knows the host's own names
			},
		)),
	}
	cfg := rest.Config{
		Authenticate: opts.Authenticate, Logger: opts.Logger, IdleTimeout: opts.StallTimeout, Copies: resultCopies, Receive: lib.Receive, Challenge: challenge(opts.Metadata),
		Observe: lib.Observer(), Door: assets.Door(assets.ViaMCP),
	}
	return rest.Endpoint(cfg, "mcp", e.checkOrigin, e.serve)
}

// endpoint checks requests before they reach the protocol's handler.
type endpoint struct {
	origins []string // whose pages may send requests; empty ones are ignored
	next    http.Handler
}

// checkOrigin returns ErrForeignOrigin for a request of a foreign web page. If
// the request arrived at a loopback address, its Host must be one too, or that
// of one of the origins: a foreign page may have rebound its name.
func (e endpoint) checkOrigin(r *http.Request) error {
	addr, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	local := addr != nil && loopback(addr.String())
	if local && !loopback(r.Host) && !slices.ContainsFunc(e.origins, func(origin string) bool { return isOf(origin, r.Host) }) {
		return wire.ErrForeignOrigin
	}
	for _, header := range r.Header.Values("Origin") {
		origin := originOf(header)
		sameHost := local && loopback(r.Host) && isOf(origin, r.Host)
		if origin == "" || !sameHost && !slices.Contains(e.origins, origin) {
			return wire.ErrForeignOrigin
		}
	}
	return nil
}

// originOf returns the web origin (RFC 6454 §4) of a URL without its default port, and
// "" if it has none.
func originOf(place string) string {
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch port := u.Port(); {
	case port == "", u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + canonicalHost(host)
}

// isOf reports whether an origin is that of a host, with or without a port, by the
// scheme of the origin.
func isOf(origin, host string) bool {
	scheme, _, found := strings.Cut(origin, "://")
	return found && !strings.ContainsAny(host, "@/?#") && originOf(scheme+"://"+host) == origin
}

// canonicalHost returns a host with its port, if it has one. Every name of the loopback
// address becomes localhost.
func canonicalHost(host string) string {
	if !loopback(host) {
		return host
	}
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		return "localhost"
	}
	return "localhost:" + port
}

// loopback reports whether an address, with or without a port, is a loopback
// address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// serve reads the body, up to maxBody, and passes the request on with the
// caller's actor.
func (e endpoint) serve(w http.ResponseWriter, r *http.Request, by assets.Actor) error {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return wire.ErrMethodNotAllowed
	}
	body, err := rest.ReadBody(r, maxBody, bodyCopies)
	if err != nil {
		return err
	}
	r = r.Clone(context.WithValue(r.Context(), actorKey{}, by))
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer checked") // the SDK requires one; the credential itself is not passed on
	e.next.ServeHTTP(w, r)
	return nil
}

type actorKey struct{}

const (
	actorInfo   = "actor"
	requestInfo = "request"
)

// withActor passes the actor of a request and its context on to its calls, as token
// info: the SDK passes on nothing else.
func withActor(next http.Handler) http.Handler {
	verify := func(ctx context.Context, _ string, _ *http.Request) (*auth.TokenInfo, error) {
		return &auth.TokenInfo{Extra: map[string]any{actorInfo: ctx.Value(actorKey{}), requestInfo: ctx}}, nil
	}
	return auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(next)
}

// withRequest makes a call part of the request that made it, if there was one: of its
// sending, and of what is logged and observed of it.
func withRequest(ctx context.Context, extra *mcp.RequestExtra) context.Context {
	if extra == nil || extra.TokenInfo == nil {
		return ctx
	}
	request, ok := extra.TokenInfo.Extra[requestInfo].(context.Context)
	if !ok {
		return ctx
	}
	return assets.JoinValues(ctx, request)
}

// authenticated returns the actor of the request that made a call.
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
