// Package review serves the page on which people decide about the assets of an
// [assets.Library]: a queue, a page for each asset with what publishers get now beside
// what is decided about, comparisons, and the record of decisions.
//
// The rule to know: a decision names the version and the digest that were on the
// screen. When something newer has arrived, nothing is decided, and the page shows
// what changed.
//
// Everything works without JavaScript, every link is relative, and nothing is kept in
// the process, so the handler may be mounted under any prefix and on any number of
// servers.
package review

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/requestlog"
	"github.com/10ex/assets/internal/rest"
)

// Options configures the page. Only Actor is required.
type Options struct {
	// Actor returns who sent a request, from the host's own session. Its errors are
	// those of httpx.Options.Authenticate: one that wraps assets.ErrUnauthorized leads
	// to SignInURL.
	Actor func(*http.Request) (assets.Actor, error)

	// Base is the address of the queue without the final slash, such as
	// https://example.com/assets/review, or its path alone. If the paths of requests
	// begin with its path, that is left out, so the handler needs no
	// http.StripPrefix. It may be empty if the host strips the prefix.
	Base string

	// Theme is what the page looks like.
	Theme Theme

	// Catalogs are further languages, or texts that replace some of the built-in
	// English, German and Arabic ones. The language is the one that the browser
	// prefers.
	Catalogs []Catalog

	// Environment is shown at the top of every page if it is not empty, such as
	// "staging".
	Environment string

	// SignInURL is where people sign in. It gets the parameter next, the address from
	// where they came, relative to the queue. SignOutURL is where the form for signing
	// out is sent. If they have neither a scheme nor a leading slash, they are relative
	// to the queue. If SignInURL is empty, the page says that nobody is signed in.
	SignInURL, SignOutURL string

	// Exports creates exports of what is approved. The default is as in httpx.Options.
	Exports *export.Exporter

	// CrossOrigin checks requests that change something. The default refuses every
	// cross-origin request, and trusts the origin of Base if that is a whole address: a
	// proxy may send another Host.
	CrossOrigin *http.CrossOriginProtection

	// StallTimeout is how long a client may take to send or receive 64 KiB. After that its
	// connection is closed. The default is 60 s.
	StallTimeout time.Duration

	// Logger logs requests that failed with status 500 or 503. The default is the
	// Library's logger.
	Logger *slog.Logger
}

// New returns a handler of the page. It panics if Options has no Actor, or if the
// theme or a catalog is malformed.
func New(lib *assets.Library, opts Options) http.Handler {
	if opts.Actor == nil {
		panic("review: Options.Actor is required")
	}
	if opts.CrossOrigin == nil {
		opts.CrossOrigin = trusting(opts.Base)
	}
	if opts.Logger == nil {
		opts.Logger = lib.Logger()
	}
	opts.Logger = requestlog.Logger(opts.Logger)
	if opts.Exports == nil {
		opts.Exports, _ = export.New(export.Config{Library: lib}) // fails if the store keeps no exports
	}
	h := &handler{lib: lib, opts: opts, prefix: pathOf(opts.Base), files: newFiles(opts.Theme)}
	h.languages = newLanguages(opts.Catalogs, opts.Theme)
	h.content = httpx.Handler(lib, httpx.Options{
		Authenticate: actorOf, CrossOrigin: opts.CrossOrigin, Exports: opts.Exports, StallTimeout: opts.StallTimeout, Logger: opts.Logger,
	})
	h.paced = h.pace(h.servePage)
	return h
}

// pageCopies is how many copies of a result a page has in memory while it is sent: the
// result, and the page.
const pageCopies = 2

// pace returns a handler that disconnects slow clients.
func (h *handler) pace(serve http.HandlerFunc) http.Handler {
	return rest.Paced(rest.Config{IdleTimeout: cmp.Or(h.opts.StallTimeout, time.Minute), Copies: pageCopies}, serve)
}

// Public returns a handler of what people without an account reach: the pages of review
// links, and the stylesheet and the script of all pages. It is mounted at link/ and at
// static/ below the queue, outside of the host's own sign-in; New serves static/ too. It
// needs no Actor.
func Public(lib *assets.Library, opts Options) http.Handler {
	opts.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, assets.ErrUnauthorized }
	h, _ := New(lib, opts).(*handler)
	return h.pace(func(w http.ResponseWriter, r *http.Request) {
		segments := strings.Split(h.relative(r.URL.Path), "/")
		out := &statusWriter{ResponseWriter: w}
		switch {
		case segments[0] == staticFolder:
			r, op := rest.Begin(w, r, lib.Observer(), "review_static", assets.Door(assets.ViaReview))
			defer func() { op.End(out.status, out.sent, nil) }()
			h.files.serve(out, r, segments[1:])
		case segments[0] == linkFolder && len(segments) > 1:
			r, op := rest.Begin(w, r, lib.Observer(), "review_link", assets.Door(assets.ViaReview))
			var failure error
			defer func() { op.End(out.status, out.sent, failure) }()
			failure = h.serveLink(out, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// URL returns a function for assets.Config.ReviewURL. base is the address of the queue,
// as in Options. For an empty id the function returns the address of the queue.
func URL(base string) func(assets.ID) string {
	base = strings.TrimRight(base, "/")
	return func(id assets.ID) string { return base + "/" + string(id) }
}

// trusting returns a protection against forms of other sites, which takes those of the
// origin of an address, if it has one.
func trusting(base string) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(base); err == nil && u.Scheme != "" && u.Host != "" {
		if err := p.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			panic("review: Options.Base: " + err.Error())
		}
	}
	return p
}

// pathOf returns the path of an address with one leading slash and no final one, or "".
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic("review: Options.Base is not a URL: " + base)
	}
	if trimmed := strings.Trim(u.Path, "/"); trimmed != "" {
		return "/" + trimmed
	}
	return ""
}
