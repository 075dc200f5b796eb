package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/requestlog"
	"github.com/10ex/assets/internal/wire"
)

// Config is the configuration that all routes of a server share.
type Config struct {
	Prefix       string // mount point, without a final slash
	Authenticate func(*http.Request) (assets.Actor, error)
	CrossOrigin  *http.CrossOriginProtection
	Logger       *slog.Logger
	IdleTimeout  time.Duration // within which a client must send or receive 64 KiB

	// Receive reserves memory for a body, as assets.Library.Receive does. If it is nil,
	// bodies are read without.
	Receive func(ctx context.Context, bytes int64, cut func()) (received func(), err error)
	Copies  int // of a result that are in memory while it is sent; default 1

	Observe assets.Observer // nil: nobody is told of requests
	Door    assets.Door     // of requests, for Observe

	Challenge string // WWW-Authenticate of a 401; default Bearer
}

type server struct {
	Config
	paths    paths
	notFound http.Handler
	warned   atomic.Bool // of a ResponseWriter without control
	misled   atomic.Bool // whether a wrong mount was logged
	unsent   atomic.Bool // whether it was logged that a stream cannot be sent
}

func newServer(cfg Config) *server {
	cfg.Logger = requestlog.Logger(cmp.Or(cfg.Logger, slog.Default()))
	return &server{Config: cfg}
}

// New returns a handler that serves routes. Its responses are JSON for unknown
// paths and methods too, and it never redirects. The path "" of an operation is
// served with and without a final slash.
func New(cfg Config, routes ...Route) http.Handler {
	s := newServer(cfg)
	s.notFound = s.endpoint("unknown", func(http.ResponseWriter, *http.Request) error { return assets.ErrNotFound })
	byPath := map[string]map[string]Route{}
	for _, r := range routes {
		if byPath[r.Path] == nil {
			byPath[r.Path] = map[string]Route{}
		}
		byPath[r.Path][r.Method] = r
	}
	for p, byMethod := range byPath {
		// All methods of a path share one handler, which lists them in Allow.
		if cfg.Prefix+p != "" {
			s.paths.add(cfg.Prefix+p, s.methods(byMethod))
		}
		if p == "" {
			s.paths.add(cfg.Prefix+"/", s.methods(byMethod))
		}
	}
	return s
}

// Endpoint wraps a handler that is not an [Operation] with the same
// authentication, deadlines, error and panic handling. admit is called before
// authentication; an error that it returns ends the request. name is used in
// logs.
func Endpoint(cfg Config, name string, admit func(*http.Request) error,
	serve func(w http.ResponseWriter, r *http.Request, by assets.Actor) error,
) http.Handler {
	s := newServer(cfg)
	return s.endpoint(name, func(w http.ResponseWriter, r *http.Request) error {
		if err := admit(r); err != nil {
			return err
		}
		by, err := s.actor(r)
		if err != nil {
			return err
		}
		return serve(w, r, by)
	})
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var h http.Handler
	if isClean(r.URL) {
		h = s.paths.find(r.URL.Path, r.SetPathValue)
	}
	if h == nil {
		s.checkMount(r)
		h = s.notFound
	}
	h.ServeHTTP(w, r)
}

// checkMount logs a warning for the first request with a path outside of the prefix:
// such a request arrives only if the handler is mounted at another path. The log does
// not have the path, which may have a token.
func (s *server) checkMount(r *http.Request) {
	if s.Prefix == "" || strings.HasPrefix(r.URL.Path+"/", s.Prefix+"/") || s.misled.Swap(true) {
		return
	}
	cure := "set BasePath or PublicPath of assets.Config to the path at which the handler is mounted"
	if s.paths.find(s.Prefix+r.URL.Path, func(string, string) {}) != nil {
		cure = "the host strips the prefix from the path: mount the handler without http.StripPrefix or the like; " +
			"if a gateway strips a path in front of the prefix, name that path in PublicURL of assets.Config"
	}
	s.Logger.WarnContext(r.Context(), "assets: a request does not have the prefix of these routes, so it is not found: "+cure, "prefix", s.Prefix)
}

// isClean reports whether the path of u has no empty, "." or ".." segments and
// no escaped slash.
func isClean(u *url.URL) bool {
	p := strings.TrimSuffix(u.Path, "/")
	return strings.HasPrefix(u.Path, "/") && (p == "" || path.Clean(p) == p) &&
		!strings.Contains(strings.ToLower(u.EscapedPath()), "%2f")
}

// methods returns the handler of a path with the given routes by method.
func (s *server) methods(routes map[string]Route) http.Handler {
	allowed := slices.Collect(maps.Keys(routes))
	if get, ok := routes[http.MethodGet]; ok && routes[http.MethodHead].serve == nil {
		routes[http.MethodHead] = get
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")

	handlers := make(map[string]http.Handler, len(routes))
	for method, route := range routes {
		handlers[method] = s.endpoint(route.Name, func(w http.ResponseWriter, r *http.Request) error {
			return s.serveRoute(w, r, &route)
		})
	}
	notAllowed := s.endpoint("unknown", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Allow", allow)
		return wire.ErrMethodNotAllowed
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := handlers[r.Method]; ok {
			h.ServeHTTP(w, r)
			return
		}
		notAllowed.ServeHTTP(w, r)
	})
}

// serveRoute checks origin, credential and scope, then serves the route.
func (s *server) serveRoute(w http.ResponseWriter, r *http.Request, route *Route) error {
	if route.public() {
		return route.serve(w, r, assets.Actor{})
	}
	if r.Header.Get("Authorization") == "" && s.CrossOrigin.Check(r) != nil {
		return wire.ErrForbiddenOrigin
	}
	by, err := s.actor(r)
	if err != nil {
		return err
	}
	if err := route.mayCall(by); err != nil {
		return err
	}
	by.Via = assets.ViaREST
	return route.serve(w, r, by)
}

// mayCall returns an error if the kind or the scopes of an actor do not allow the
// operation.
func (op *Operation) mayCall(by assets.Actor) error {
	if len(op.Kinds) > 0 && !slices.Contains(op.Kinds, by.Kind) {
		return assets.ForbiddenKind(by.Kind, "do this", op.Kinds...)
	}
	if op.AllScopes {
		for _, s := range op.Scopes {
			if !by.Can(s) {
				return assets.ForbiddenScope(s)
			}
		}
		return nil
	}
	if len(op.Scopes) > 0 && !slices.ContainsFunc(op.Scopes, by.Can) {
		return assets.ForbiddenScope(op.Scopes...)
	}
	return nil
}

// actor returns the authenticated caller. An incomplete actor is a bug of the
// host's authenticator: the caller gets 401 and the log a warning.
func (s *server) actor(r *http.Request) (assets.Actor, error) {
	by, err := s.Authenticate(r)
	if err != nil {
		return by, err
	}
	requestlog.In(r.Context()).About(by.Workspace, "")
	if err := by.Check(); err != nil {
		s.Logger.WarnContext(r.Context(), "assets: the authenticator returned an actor without workspace, subject or known kind")
		return by, err
	}
	return by, nil
}

// endpoint returns a handler that writes the errors of serve as JSON, recovers
// its panics, and enforces the minimum rate of the client. What the Library has
// reserved for the response is given back when it is sent.
func (s *server) endpoint(name string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.checkControl(w, r)
		in, out := newExchange(w, r.Body, s.IdleTimeout)
		in.receive = s.Receive
		var failure error
		r, op := Begin(w, r, s.Observe, name, s.Door)
		defer func() { op.End(out.status, out.sent, failure) }()
		defer in.end()
		ctx, sent := assets.Sending(r.Context(), max(s.Copies, 1), out.cut)
		defer sent()
		defer out.finish()
		r = r.WithContext(ctx) // a copy, as that of Begin: the request of the caller must not change
		if !in.ended {
			r.Body = in
		}
		defer func() {
			if p := recover(); p != nil {
				failure = panicError(p)
				s.handlePanic(out, r, name, p)
			}
		}()
		if err := serve(out, r); err != nil {
			failure = in.rootCause(r.Context(), err)
			s.writeError(out, r, name, failure)
		}
	})
}

func (s *server) handlePanic(w *responseWriter, r *http.Request, name string, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the same way
		w.abort()
	}
	s.Logger.ErrorContext(r.Context(), "assets: panic",
		"operation", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		w.abort()
	}
	s.writeError(w, r, name, errPanicked)
}

// panicError returns what an observer is told of a panic. Those of http.ErrAbortHandler end
// a response whose client has left.
func panicError(p any) error {
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the same way
		return context.Canceled
	}
	return errPanicked
}

// errPanicked is written for a panic, which handlePanic has logged.
var errPanicked = errors.New("panicked")

// writeError writes err as JSON and logs it if its status is 5xx. It logs the
// operation instead of the path, which may contain a token. If the response has
// begun, it aborts.
func (s *server) writeError(w *responseWriter, r *http.Request, name string, err error) {
	f := wire.Describe(err)
	canceled := errors.Is(err, context.Canceled) && r.Context().Err() != nil
	repeated := errors.Is(err, errCannotFlush) && s.unsent.Swap(true)
	if f.Status >= http.StatusInternalServerError && !errors.Is(err, errPanicked) && !canceled && !repeated {
		s.Logger.ErrorContext(r.Context(), "assets: request failed",
			"operation", name, "code", f.Code, "error", err.Error())
	}
	if w.status != 0 {
		w.abort()
	}
	body, err := wire.Marshal(f.Body())
	if err != nil {
		panic(err) // strings and numbers only
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", cmp.Or(s.Challenge, "Bearer"))
	}
	writeJSON(w, f.Status, body)
}
