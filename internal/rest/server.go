package rest

import (
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
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/wire"
)

// Config is what all routes of a server share.
type Config struct {
	Prefix       string // mount point, without a final slash
	Authenticate func(*http.Request) (assets.Actor, error)
	CrossOrigin  *http.CrossOriginProtection
	Logger       *slog.Logger
	IdleTimeout  time.Duration // within which a client must send or receive 64 KiB
}

type server struct {
	Config
	paths   paths
	unknown http.Handler
}

// New makes a handler of routes. It answers every path, unknown ones too, in
// JSON, and redirects nothing. The collection, path "", is answered with and
// without a final slash.
func New(cfg Config, routes ...Route) http.Handler {
	s := &server{Config: cfg}
	s.unknown = s.endpoint("unknown", func(http.ResponseWriter, *http.Request) error { return assets.ErrNotFound })
	byPath := map[string]map[string]Route{}
	for _, r := range routes {
		if byPath[r.Path] == nil {
			byPath[r.Path] = map[string]Route{}
		}
		byPath[r.Path][r.Method] = r
	}
	// Patterns have no method: one that had would conflict with a wildcard
	// of another path, and 405 needs all methods of a path together.
	for p, methods := range byPath {
		if cfg.Prefix+p != "" {
			s.paths.add(cfg.Prefix+p, s.methods(methods))
		}
		if p == "" {
			s.paths.add(cfg.Prefix+"/", s.methods(methods))
		}
	}
	return s
}

// Endpoint makes a handler of what is no operation. Callers are authenticated
// unless admit refuses them first; slow ones, errors and panics fare as they do
// with operations.
func Endpoint(cfg Config, name string, admit func(*http.Request) error,
	serve func(w http.ResponseWriter, r *http.Request, by assets.Actor) error,
) http.Handler {
	s := &server{Config: cfg}
	return s.endpoint(name, func(w http.ResponseWriter, r *http.Request) error {
		if err := admit(r); err != nil {
			return err
		}
		by, err := s.authenticated(r)
		if err != nil {
			return err
		}
		return serve(w, r, by)
	})
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var h http.Handler
	if clean(r.URL) {
		h = s.paths.find(r.URL.Path, r.SetPathValue)
	}
	if h == nil {
		h = s.unknown
	}
	h.ServeHTTP(w, r)
}

// clean says whether a path is in the one form that routes are known by.
func clean(u *url.URL) bool {
	p := strings.TrimSuffix(u.Path, "/")
	return strings.HasPrefix(u.Path, "/") && (p == "" || path.Clean(p) == p) &&
		!strings.Contains(strings.ToLower(u.EscapedPath()), "%2f")
}

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
			return s.call(w, r, &route)
		})
	}
	refused := s.endpoint("unknown", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Allow", allow)
		return wire.ErrMethodNotAllowed
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := handlers[r.Method]; ok {
			h.ServeHTTP(w, r)
			return
		}
		refused.ServeHTTP(w, r)
	})
}

// call runs the checks that come before the input, then the route.
func (s *server) call(w http.ResponseWriter, r *http.Request, route *Route) error {
	if len(route.Scopes) == 0 {
		return route.serve(w, r, assets.Actor{})
	}
	if r.Header.Get("Authorization") == "" && s.CrossOrigin.Check(r) != nil {
		return wire.ErrForbiddenOrigin
	}
	by, err := s.authenticated(r)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(route.Scopes, by.Can) {
		return assets.Errorf(assets.ErrForbiddenScope, "the credential lacks the scope %s", route.Scopes[0])
	}
	by.Via = assets.ViaREST
	return route.serve(w, r, by)
}

// authenticated answers who calls. An authenticator that lets in an actor
// who is not complete has a bug: the caller gets 401, the host a warning.
func (s *server) authenticated(r *http.Request) (assets.Actor, error) {
	by, err := s.Authenticate(r)
	if err != nil {
		return by, err
	}
	if err := by.Check(); err != nil {
		s.Logger.WarnContext(r.Context(), "assets: the authenticator answered an actor without workspace, subject or known kind")
		return by, err
	}
	return by, nil
}

// endpoint turns errors and panics into answers, and limits how slowly a
// client may send and receive.
func (s *server) endpoint(name string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := newResponse(w, s.IdleTimeout)
		in := &body{ReadCloser: r.Body, control: out.control, pace: newPace(s.IdleTimeout)}
		defer out.finish(in)
		if r.Body != nil && r.Body != http.NoBody {
			r = r.WithContext(r.Context()) // the caller's request stays as it is
			r.Body = in
		}
		defer func() {
			if p := recover(); p != nil {
				s.recovered(out, r, name, p)
			}
		}()
		if err := serve(out, r); err != nil {
			s.fail(out, r, name, in.blame(r.Context(), err))
		}
	})
}

func (s *server) recovered(w *response, r *http.Request, name string, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the same way
		panic(p)
	}
	s.Logger.ErrorContext(r.Context(), "assets: panic",
		"operation", name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.fail(w, r, name, errPanicked)
}

var errPanicked = errors.New("panicked") // logged where it was caught

// fail answers an error. The log names the operation, never the path, which
// may hold a token.
func (s *server) fail(w *response, r *http.Request, name string, err error) {
	f := wire.Describe(err)
	gone := errors.Is(err, context.Canceled) && r.Context().Err() != nil
	if f.Status >= http.StatusInternalServerError && !errors.Is(err, errPanicked) && !gone {
		s.Logger.ErrorContext(r.Context(), "assets: request failed",
			"operation", name, "code", f.Code, "error", err.Error())
	}
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	body, err := wire.Marshal(f.Body())
	if err != nil {
		panic(err) // strings and numbers only
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, f.Status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", fmt.Sprint(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone when this fails
}
