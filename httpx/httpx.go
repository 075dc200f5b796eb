// Package httpx mounts the REST routes of an [assets.Library] in any host
// server.
//
// The rule to know: the routes are below the Library's BasePath and PublicPath.
// The handlers match the whole URL path and never redirect, so [Mount] them on a
// ServeMux, or under any router that does not change the path. Links in
// responses are made from the Library's configuration, never from a Host or
// forwarded header.
package httpx

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
	"github.com/10ex/assets/webhook"
)

// Options configures the handlers. Only Authenticate is required, and only by
// [Handler].
type Options struct {
	// Authenticate returns the actor that sent a request. Use [Bearer] for API
	// keys, or the host's own function. An error that wraps
	// assets.ErrUnauthorized becomes status 401, one that wraps
	// assets.ErrUnavailable 503, any other 500. An actor without a workspace, a
	// subject or a known kind becomes 401 too.
	Authenticate func(*http.Request) (assets.Actor, error)

	// CrossOrigin checks requests that change something and have no
	// Authorization header, because a browser may send them with a cookie of the
	// host. Refused requests get status 403. The default refuses every
	// cross-origin request.
	CrossOrigin *http.CrossOriginProtection

	// Exports creates and serves exports. The default is an Exporter with the
	// default limits, or no routes for exports if the Library's store does not
	// keep any.
	Exports *export.Exporter

	// Webhooks manages webhooks. Without it, the response of their routes is 404
	// not_configured. The host calls its Run.
	Webhooks *webhook.Hooks

	// StallTimeout is how long a client may take to send or receive 64 KiB.
	// After that its connection is closed. The default is 60 s.
	StallTimeout time.Duration

	// Logger logs requests that failed with status 500 or 503. The default is
	// the Library's logger.
	Logger *slog.Logger
}

const defaultStallTimeout = 60 * time.Second

func (o Options) config(lib *assets.Library, prefix string) rest.Config {
	if o.CrossOrigin == nil {
		o.CrossOrigin = http.NewCrossOriginProtection()
	}
	if o.StallTimeout == 0 {
		o.StallTimeout = defaultStallTimeout
	}
	if o.Logger == nil {
		o.Logger = lib.Logger()
	}
	return rest.Config{
		Prefix:       strings.TrimSuffix(prefix, "/"),
		Authenticate: o.Authenticate,
		CrossOrigin:  o.CrossOrigin,
		Logger:       o.Logger,
		IdleTimeout:  o.StallTimeout,
		Receive:      lib.Receive,
		Observe:      lib.Observer(),
		Door:         assets.Door(assets.ViaREST),
	}
}

// Handler returns a handler of the routes below lib.BasePath(), which require a
// credential. It panics if Options has no Authenticate.
func Handler(lib *assets.Library, opts Options) http.Handler {
	if opts.Authenticate == nil {
		panic("httpx: Options.Authenticate is required, for example httpx.Bearer(ring)")
	}
	return rest.New(opts.config(lib, lib.BasePath()), newAPI(lib, opts).routes()...)
}

// Public returns a handler of the routes below lib.PublicPath(). Their only
// credential is a signed token in the path. It may be mounted on a host name of
// its own.
func Public(lib *assets.Library, opts Options) http.Handler {
	return rest.New(opts.config(lib, lib.PublicPath()), newAPI(lib, opts).publicRoutes()...)
}

// Mount registers [Handler] and [Public] on mux, each with and without the
// final slash. It panics as Handler does, and as mux does if a pattern is taken.
func Mount(mux *http.ServeMux, lib *assets.Library, opts Options) {
	for prefix, h := range map[string]http.Handler{
		lib.BasePath():   Handler(lib, opts),
		lib.PublicPath(): Public(lib, opts),
	} {
		prefix = strings.TrimSuffix(prefix, "/")
		if prefix != "" {
			mux.Handle(prefix, h)
		}
		mux.Handle(prefix+"/", h)
	}
}

// Status returns the HTTP status (RFC 9110 §15) and the code with which the routes
// report err, for a host's own handlers that call the Library: 500 and
// internal_error for an error that the Library does not know. err must not be nil.
func Status(err error) (status int, code string) {
	code = wire.Code(err)
	return wire.Status(code), code
}

// Ring authenticates bearer tokens; apikey.Ring implements it. Its errors are
// those of Options.Authenticate.
type Ring interface {
	Authenticate(ctx context.Context, bearer string) (assets.Actor, error)
}

// Bearer returns a function for Options.Authenticate that passes the token of
// the Authorization header, with the scheme Bearer (RFC 6750 §2.1), to ring. The
// function returns assets.ErrUnauthorized if a request does not have exactly one
// such header.
func Bearer(ring Ring) func(*http.Request) (assets.Actor, error) {
	return func(r *http.Request) (assets.Actor, error) {
		lines := r.Header.Values("Authorization")
		if len(lines) != 1 {
			return assets.Actor{}, assets.ErrUnauthorized
		}
		scheme, bearer, ok := strings.Cut(lines[0], " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return assets.Actor{}, assets.ErrUnauthorized
		}
		return ring.Authenticate(r.Context(), strings.TrimLeft(bearer, " "))
	}
}
