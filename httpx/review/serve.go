package review

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/10ex/assets"
)

// handler serves the page.
type handler struct {
	lib       *assets.Library
	opts      Options
	prefix    string // of the paths of requests
	files     *files
	languages []*language // the first one is English
	content   http.Handler
}

// policy is the Content-Security-Policy of every page.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; frame-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxForm is the size of a form in bytes. 500 assets with their digests and a comment
// have about 70 KB.
const maxForm = 256 << 10

// visit is one request for a page.
type visit struct {
	*handler
	w    http.ResponseWriter
	r    *http.Request
	by   assets.Actor
	lang *language
	rel  string // the path below the queue, without a leading slash
	root string // the relative address of the queue: "./", "../" and so on
}

// relative returns the path of a request below the queue.
func (h *handler) relative(requested string) string {
	if rest, ok := strings.CutPrefix(requested, h.prefix+"/"); ok && h.prefix != "" {
		return rest
	}
	return strings.TrimPrefix(requested, "/")
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if needsSlash(h.prefix, r) {
		redirectToSlash(w, r)
		return
	}
	v := &visit{handler: h, w: w, r: r, rel: h.relative(r.URL.Path)}
	v.lang = h.language(r.Header.Get("Accept-Language"))
	v.root = "./" + strings.Repeat("../", strings.Count(v.rel, "/"))
	v.setHeaders()
	segments := strings.Split(v.rel, "/")
	if segments[0] == staticFolder {
		h.files.serve(w, r, segments[1:])
		return
	}
	if !isRead(r) {
		if err := h.opts.CrossOrigin.Check(r); err != nil {
			v.fail(errCrossOrigin)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	}
	by, err := h.opts.Actor(r)
	if err != nil {
		v.fail(err)
		return
	}
	by.Via = assets.ViaReview
	v.by = by
	if err := v.route(segments); err != nil {
		v.fail(err)
	}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// needsSlash reports whether a request is for the queue without the final slash, from
// where relative links would lead elsewhere.
func needsSlash(prefix string, r *http.Request) bool {
	return r.URL.Path == "" || prefix != "" && r.URL.Path == prefix
}

// redirectToSlash redirects to the last segment of the requested path with a slash. The
// address is relative, because a proxy may have stripped what stands before.
func redirectToSlash(w http.ResponseWriter, r *http.Request) {
	requested, _, _ := strings.Cut(r.RequestURI, "?")
	to := "./" + path.Base(requested) + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// setHeaders sets the headers of every page.
func (v *visit) setHeaders() {
	header := v.w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("Cache-Control", "private, no-cache")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Add("Vary", "Accept-Language, Cookie")
}

// errCrossOrigin: another site sent a form.
var errCrossOrigin = errors.New("a page of another site sent the request")

// screens are the pages and forms by their path below the queue, where * is an id or a
// number.
func (v *visit) screens() map[string]screen {
	return map[string]screen{
		"":                       {http.MethodGet, v.inbox},
		"triage":                 {anyMethod, v.triage},
		"several":                {http.MethodPost, v.several},
		"exports":                {anyMethod, v.exports},
		"help":                   {http.MethodGet, v.help},
		"events":                 {http.MethodGet, v.events},
		"*":                      {anyMethod, v.asset},
		"*/decision":             {http.MethodPost, v.decision},
		"*/decided":              {http.MethodGet, v.decided},
		"*/change":               {anyMethod, v.change},
		"*/tags":                 {http.MethodPost, v.tags},
		"*/link":                 {http.MethodGet, v.previewLink},
		"*/versions/*/content":   {http.MethodGet, v.serveContent},
		"*/versions/*/preview":   {http.MethodGet, v.serveContent},
		"*/versions/*/rendition": {http.MethodGet, v.serveContent},
	}
}

// anyMethod is that of a screen that is read and posted to.
const anyMethod = ""

// screen is a page or a form.
type screen struct {
	method string
	serve  func() error
}

// route calls what serves the path.
func (v *visit) route(segments []string) error {
	pattern := make([]string, len(segments))
	for i, s := range segments {
		pattern[i] = s
		if i%2 == 0 && len(s) == 36 || i == 2 && segments[1] == "versions" {
			pattern[i] = "*"
		}
	}
	s, ok := v.screens()[strings.Join(pattern, "/")]
	if !ok {
		return assets.ErrNotFound
	}
	if posted := !isRead(v.r); posted && s.method == http.MethodGet || !posted && s.method == http.MethodPost || posted && v.r.Method != http.MethodPost {
		return errMethod
	}
	return s.serve()
}

// errMethod: the path does not take the method.
var errMethod = errors.New("the method is not allowed here")

// segment returns a segment of the path below the queue.
func (v *visit) segment(i int) string {
	segments := strings.Split(v.rel, "/")
	if i >= len(segments) {
		return ""
	}
	return segments[i]
}

// id returns the asset that the path names.
func (v *visit) id() (assets.ID, error) {
	id, err := assets.ParseID(v.segment(0))
	if err != nil {
		return "", assets.ErrNotFound
	}
	return id, nil
}

// redirect sends the browser to an address below the queue, to be read.
func (v *visit) redirect(to string) error {
	v.w.Header().Set("Location", v.root+to)
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// actorKey is the key of the actor in the context of a request for content.
type actorKey struct{}

// actorOf returns the actor of a request for content, which has been authenticated.
func actorOf(r *http.Request) (assets.Actor, error) {
	by, ok := r.Context().Value(actorKey{}).(assets.Actor)
	if !ok {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return by, nil
}

// withActor returns a request that actorOf reads.
func (v *visit) withActor(ctx context.Context) context.Context {
	return context.WithValue(ctx, actorKey{}, v.by)
}
