// Package httpx mounts the REST routes of an [assets.Library] in any host
// server.
//
// The rule to know: the Library's BasePath and PublicPath say where the routes
// are; handlers look at the whole URL path and redirect nothing, so [Mount]
// them on a ServeMux, or under any router that leaves the path as it is. A
// Host or forwarded header is never believed.
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
)

// Options are what a host plugs into the handlers. Only Authenticate is
// required, and only by [Handler].
type Options struct {
	// Authenticate answers who calls, [Bearer] for API keys or the host's
	// own. An error wrapping assets.ErrUnauthorized is 401, one wrapping
	// assets.ErrUnavailable is 503, any other 500. An actor without a
	// workspace, a subject or a known kind is 401 too.
	Authenticate func(*http.Request) (assets.Actor, error)

	// CrossOrigin judges changing requests without an Authorization header,
	// which may come with a host's cookie; default: no cross-site request.
	CrossOrigin *http.CrossOriginProtection

	// Exports has the limits of exports; default: their own defaults. Without
	// it a Library whose store keeps no exports has no routes for them.
	Exports *export.Exporter

	// StallTimeout is how long a client may take to send or receive 64 KiB
	// before it is cut; default 60 s.
	StallTimeout time.Duration

	// Logger gets what was answered with 500 or 503; default: the Library's.
	Logger *slog.Logger
}

const defaultStall = 60 * time.Second

func (o Options) config(lib *assets.Library, prefix string) rest.Config {
	if o.CrossOrigin == nil {
		o.CrossOrigin = http.NewCrossOriginProtection()
	}
	if o.StallTimeout == 0 {
		o.StallTimeout = defaultStall
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
	}
}

// Handler serves the routes below lib.BasePath(), which ask for a credential.
// It panics when Options has no Authenticate.
func Handler(lib *assets.Library, opts Options) http.Handler {
	if opts.Authenticate == nil {
		panic("httpx: Options.Authenticate is required, for example httpx.Bearer(ring)")
	}
	return rest.New(opts.config(lib, lib.BasePath()), newAPI(lib, opts.Exports).routes()...)
}

// Public serves the routes below lib.PublicPath(), which ask for a signed
// token in the path and nothing else. It may be mounted on a host name of its
// own.
func Public(lib *assets.Library, opts Options) http.Handler {
	return rest.New(opts.config(lib, lib.PublicPath()), newAPI(lib, opts.Exports).publicRoutes()...)
}

// Mount registers Handler and Public on mux, each with and without the final
// slash.
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

// Ring authenticates a bearer; apikey.Ring is one. Its errors are those of
// Options.Authenticate.
type Ring interface {
	Authenticate(ctx context.Context, bearer string) (assets.Actor, error)
}

// Bearer authenticates by the one Authorization header of a request with the
// scheme Bearer (RFC 6750 §2.1).
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
