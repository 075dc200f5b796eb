package review

import (
	"net/http"
	"strings"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// SignIn is the state of a page with a field for an API key.
type SignIn struct {
	Next   string // where to go afterwards, relative to the queue
	Failed bool   // the key was not accepted
	Used   bool   // the link was not accepted

	Unavailable bool // the key could not be checked; a link that was used is still valid
}

// signInPage is the data of the page.
type signInPage struct {
	frame
	Action string
	Next   string
	Failed any // a text, if something was not accepted
}

// SignInPage returns a function that sends a page with a field for an API key, in the
// theme and languages of the options, for hosts whose people sign in with such keys. The
// page is mounted below the queue, as sign-in. Its form is sent there with the fields
// key and next.
func SignInPage(lib *assets.Library, opts Options) func(http.ResponseWriter, *http.Request, SignIn) {
	opts.Actor = func(*http.Request) (assets.Actor, error) { return assets.Actor{}, assets.ErrUnauthorized }
	h, _ := New(lib, opts).(*handler)
	return func(w http.ResponseWriter, r *http.Request, s SignIn) {
		r, op := rest.Begin(w, r, lib.Observer(), "review_sign_in", assets.Door(assets.ViaReview))
		out := &statusWriter{ResponseWriter: w}
		defer func() { op.End(out.status, out.sent, nil) }()
		v := &visit{handler: h, w: out, r: r, rel: h.relative(r.URL.Path), lang: h.language(r.Header.Get("Accept-Language")), root: "./"}
		v.setHeaders()
		w.Header().Set("Cache-Control", "no-store")
		p := signInPage{frame: v.frame(v.lang.plain("signin.head")), Action: "./sign-in", Next: s.Next}
		status := http.StatusOK
		switch {
		case s.Unavailable:
			p.Failed, status = v.lang.text("signin.unavailable"), http.StatusServiceUnavailable
		case s.Failed:
			p.Failed, status = v.lang.text("signin.failed"), http.StatusUnauthorized
		case s.Used:
			p.Failed, status = v.lang.text("signin.used"), http.StatusUnauthorized
		}
		if err := v.render(status, "signin", p); err != nil {
			v.fail(err)
		}
	}
}

// Next returns an address that a sign-in may lead to: next, if it is below the queue,
// else the queue. It is relative to the sign-in page.
func Next(next string) string {
	rest := strings.TrimLeft(next, ".")
	path, _, _ := strings.Cut(next, "?")
	if len(next) > 4096 || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(rest, "/") || strings.Contains(path, ":") || strings.Contains(path, "..") {
		return "./"
	}
	return "./" + next
}
