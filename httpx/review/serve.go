package review

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/requestlog"
	"github.com/10ex/assets/internal/rest"
)

// handler serves the page.
type handler struct {
	lib       *assets.Library
	opts      Options
	prefix    string // of the paths of requests
	files     *files
	languages []*language // the first one is English
	content   http.Handler
	paced     http.Handler // servePage for clients that may be slow
}

// policy is the Content-Security-Policy of every page.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; frame-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxForm is the size of a form in bytes. 500 assets with their digests, listed and ticked, and
// a comment have about 170 KB.
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

	known  bool // by is used next by actorOf
	taken  bool // the form may be read: it is not of another site, and bounded
	public bool // of a guest, who has no queue
	secret bool // the address of the content has a token

	failure error // that the response is about, for the observer

	reserved []func() // give back the memory of the response
}

// relative returns the path of a request below the queue.
func (h *handler) relative(requested string) string {
	if rest, ok := strings.CutPrefix(requested, h.prefix+"/"); ok && h.prefix != "" {
		return rest
	}
	return strings.TrimPrefix(requested, "/")
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.paced.ServeHTTP(w, r) }

// servePage serves everything below the queue.
func (h *handler) servePage(w http.ResponseWriter, r *http.Request) {
	rel := h.relative(r.URL.Path)
	segments := strings.Split(rel, "/")
	out := &statusWriter{ResponseWriter: w}
	v := &visit{handler: h, w: out, rel: rel}
	r, op := rest.Begin(w, r, h.lib.Observer(), v.operationName(segments), assets.Door(assets.ViaReview))
	v.r = r
	defer func() { op.End(out.status, out.sent, v.failure) }()
	defer v.giveBack()
	if needsSlash(h.prefix, r) {
		redirectToSlash(out, r)
		return
	}
	v.serve(segments)
}

// serve serves the page.
func (v *visit) serve(segments []string) {
	h, w, r := v.handler, v.w, v.r
	v.lang = h.language(r.Header.Get("Accept-Language"))
	v.root = "./" + strings.Repeat("../", strings.Count(v.rel, "/"))
	v.setHeaders()
	if segments[0] == staticFolder {
		h.files.serve(w, r, segments[1:])
		return
	}
	if !isRead(r) {
		if err := h.opts.CrossOrigin.Check(r); err != nil {
			v.fail(errCrossOrigin)
			return
		}
		v.takeForm()
	}
	by, err := h.opts.Actor(r)
	if err != nil {
		v.fail(err)
		return
	}
	requestlog.In(r.Context()).About(by.Workspace, "")
	by.Via = assets.ViaReview
	v.by = by
	if err := v.route(segments); err != nil {
		v.fail(err)
	}
}

// takeForm lets the form of the request be read, with a limit. It must not be of another
// site. Without this no page reads it, not even that of an error.
func (v *visit) takeForm() {
	v.r.Body, v.taken = http.MaxBytesReader(v.w, v.r.Body, maxForm), true
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
		"*/talk":                 {http.MethodGet, v.wholeTalk},
		"*/change":               {anyMethod, v.change},
		"*/tags":                 {http.MethodPost, v.tags},
		"*/comment":              {http.MethodPost, v.addComment},
		"*/links":                {http.MethodPost, v.invite},
		"*/links/revoke":         {http.MethodPost, v.uninvite},
		"*/link":                 {http.MethodGet, v.previewLink},
		"*/versions/*/content":   {http.MethodGet, v.serveContent},
		"*/versions/*/preview":   {http.MethodGet, v.serveContent},
		"*/versions/*/rendition": {http.MethodGet, v.serveContent},
		"*/versions/*/file":      {http.MethodGet, v.serveFile},
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
	s, ok := v.screens()[pattern(segments)]
	if !ok {
		return assets.ErrNotFound
	}
	if posted := !isRead(v.r); posted && s.method == http.MethodGet || !posted && s.method == http.MethodPost || posted && v.r.Method != http.MethodPost {
		return errMethod
	}
	return s.serve()
}

// pattern returns the key of screens for a path.
func pattern(segments []string) string {
	parts := make([]string, len(segments))
	for i, s := range segments {
		parts[i] = s
		if i%2 == 0 && len(s) == 36 || i == 2 && segments[1] == "versions" {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
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

// visitKey is the key of the visit in the context of a request that is forwarded.
type visitKey struct{}

// withActor returns a context that actorOf reads.
func (v *visit) withActor(ctx context.Context) context.Context {
	v.known = true
	return context.WithValue(ctx, visitKey{}, v)
}

// actorOf returns the actor of a forwarded request, who has been authenticated. When it is
// called again, as during a long stream, it authenticates again.
func actorOf(r *http.Request) (assets.Actor, error) {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	if v.known {
		v.known = false
		return v.by, nil
	}
	by, err := v.opts.Actor(v.r.WithContext(r.Context()))
	by.Via = assets.ViaReview
	return by, err
}
