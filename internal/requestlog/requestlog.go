// Package requestlog adds to the lines of a log what they have in common that are about
// one request: its id, the workspace and the asset.
package requestlog

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
)

// Header is the name of the header of a request and of its response that has the id.
const Header = "X-Request-Id"

// maxID is the number of characters that an id of a client may have.
const maxID = 128

// Request is what lines tell of a request. It is safe for concurrent use. The methods of a
// nil Request do nothing.
type Request struct {
	id string

	mu               sync.Mutex
	workspace, asset string
}

// New returns the request that has an id, which its client has chosen: 1 to 128 visible
// ASCII characters. Instead of any other it gets a random one.
func New(id string) *Request {
	if !isVisible(id) {
		id = rand.Text()
	}
	return &Request{id: id}
}

func isVisible(id string) bool {
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// ID returns the id, or "" of a nil Request.
func (r *Request) ID() string {
	if r == nil {
		return ""
	}
	return r.id
}

// About notes the workspace and the asset that the request is about. Empty ones change
// nothing.
func (r *Request) About(workspace, asset string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if workspace != "" {
		r.workspace = workspace
	}
	if asset != "" {
		r.asset = asset
	}
}

// Subject returns what About noted.
func (r *Request) Subject() (workspace, asset string) {
	if r == nil {
		return "", ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.workspace, r.asset
}

type key struct{}

// With returns a context of a request.
func With(ctx context.Context, r *Request) context.Context { return context.WithValue(ctx, key{}, r) }

// In returns the request of a context, or nil.
func In(ctx context.Context) *Request {
	r, _ := ctx.Value(key{}).(*Request)
	return r
}

// Logger returns a logger whose lines also have request_id, workspace and asset, if their
// context is that of a request and they do not have them already.
func Logger(l *slog.Logger) *slog.Logger {
	if _, ok := l.Handler().(handler); ok {
		return l
	}
	return slog.New(handler{l.Handler()})
}

type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, line slog.Record) error {
	r := In(ctx)
	if r == nil {
		return h.Handler.Handle(ctx, line)
	}
	workspace, asset := r.Subject()
	line = line.Clone()
	for _, a := range []struct{ key, value string }{{"request_id", r.id}, {"workspace", workspace}, {"asset", asset}} {
		if a.value != "" && !has(line, a.key) {
			line.AddAttrs(slog.String(a.key, a.value))
		}
	}
	return h.Handler.Handle(ctx, line)
}

func has(line slog.Record, key string) (found bool) {
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
