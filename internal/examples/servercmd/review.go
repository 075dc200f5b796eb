package servercmd

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/httpx/review"
)

// Where the page for reviews is.
const (
	reviewPath  = "/assets/review"
	signInPath  = reviewPath + "/sign-in"
	signOutPath = reviewPath + "/sign-out"
)

const (
	cookieName     = "assets_review"
	sessionPurpose = "review-session" // of the signed cookie
	sessionLife    = 12 * time.Hour
	codeLife       = time.Hour // of the sign-in link of a first start
)

// reviewer serves the page for reviews to people who sign in with an API key.
type reviewer struct {
	lib    *assets.Library
	keys   *apikey.Ring
	secure bool // the page is behind https
	signIn func(http.ResponseWriter, *http.Request, review.SignIn)
	code   signInCode
	log    *slog.Logger
}

// mountReview mounts the page and its sign-in. It returns the code of the sign-in link,
// if there is a first key.
func (s *session) mountReview(mux *http.ServeMux, lib *assets.Library, keys *apikey.Ring, publicURL, firstKey string) (code string, err error) {
	v := &reviewer{lib: lib, keys: keys, secure: strings.HasPrefix(publicURL, "https://"), log: s.log}
	opts := review.Options{
		Actor: v.actor, Base: publicURL + reviewPath, SignInURL: "sign-in", SignOutURL: "sign-out", Logger: s.log,
	}
	v.signIn = review.SignInPage(lib, opts)
	page := review.New(lib, opts)
	mux.Handle(reviewPath, page)
	mux.Handle(reviewPath+"/", page)
	mux.Handle(reviewPath+"/link/", review.Public(lib, opts))
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(publicURL); err != nil { // a proxy may send another Host
		return "", err
	}
	mux.Handle(signInPath, guard.Handler(http.HandlerFunc(v.serveSignIn)))
	mux.Handle("POST "+signOutPath, guard.Handler(http.HandlerFunc(v.serveSignOut)))
	if firstKey != "" {
		code = v.code.create(firstKey, lib.Now())
	}
	return code, nil
}

// actor returns who has signed in. The key is read at each request.
func (v *reviewer) actor(r *http.Request) (assets.Actor, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	payload, err := v.lib.Verify(sessionPurpose, nil, cookie.Value)
	if err != nil {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	expires, prefix, _ := strings.Cut(string(payload), " ")
	if until, err := strconv.ParseInt(expires, 10, 64); err != nil || v.lib.Now() >= assets.Time(until) {
		return assets.Actor{}, assets.ErrUnauthorized
	}
	return v.keys.ActorOf(r.Context(), prefix)
}

// serveSignIn shows the page with a field for a key, and takes the key, or the code of a
// sign-in link.
func (v *reviewer) serveSignIn(w http.ResponseWriter, r *http.Request) {
	state := review.SignIn{Next: r.URL.Query().Get("next")}
	var code, bearer string // of a sign-in link, and the key
	switch r.Method {
	case http.MethodGet:
		if code = r.URL.Query().Get("code"); code == "" {
			v.signIn(w, r, state)
			return
		}
		bearer = v.code.take(code, v.lib.Now())
		state.Used = true
	case http.MethodPost:
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute)) // a form that does not arrive is not awaited
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		bearer, state.Next, state.Failed = strings.TrimSpace(r.PostFormValue("key")), r.PostFormValue("next"), true
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	by, err := v.keys.Authenticate(r.Context(), bearer)
	if err != nil {
		if !errors.Is(err, assets.ErrUnauthorized) {
			v.log.WarnContext(r.Context(), "a key could not be checked", "error", err)
			state.Unavailable = true
			v.code.restore(code, bearer)
		}
		v.signIn(w, r, state)
		return
	}
	expires := v.lib.Now().Add(sessionLife)
	value := v.lib.Sign(sessionPurpose, nil, fmt.Appendf(nil, "%d %s", expires, by.KeyPrefix))
	v.setCookie(w, value, int(sessionLife/time.Second))
	leave(w, review.Next(state.Next))
}

// serveSignOut ends the session in the browser.
func (v *reviewer) serveSignOut(w http.ResponseWriter, _ *http.Request) {
	v.setCookie(w, "", -1)
	leave(w, "./sign-in")
}

// setCookie sets the session's cookie. It is sent when somebody follows a link of
// another site, such as a chat, but not with its forms.
func (v *reviewer) setCookie(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: reviewPath, MaxAge: seconds,
		HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteLaxMode,
	})
}

// leave redirects to an address that is relative to the request's.
func leave(w http.ResponseWriter, to string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// signInCode is that of the sign-in link of a first start, which signs in with the first
// key, once.
type signInCode struct {
	mu     sync.Mutex
	code   string // empty: none, or used
	bearer string
	until  assets.Time
}

// create returns a new code for a key.
func (c *signInCode) create(bearer string, now assets.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.code, c.bearer, c.until = rand.Text(), bearer, now.Add(codeLife)
	return c.code
}

// take returns the key of a code, and makes the code invalid; or "" if it is not valid.
func (c *signInCode) take(code string, now assets.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == "" || now >= c.until || subtle.ConstantTimeCompare([]byte(code), []byte(c.code)) != 1 {
		return ""
	}
	bearer := c.bearer
	c.code, c.bearer = "", ""
	return bearer
}

// restore makes a code valid again, for as long as it was, whose key could not be checked.
func (c *signInCode) restore(code, bearer string) {
	if code == "" || bearer == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.code, c.bearer = code, bearer
}

// reviewLinkURL returns the server's function for assets.Config.ReviewLinkURL.
func reviewLinkURL(publicURL string) func(token string) string {
	return review.LinkURL(publicURL + reviewPath)
}

// reviewURL returns the server's function for assets.Config.ReviewURL.
func (s *session) reviewURL(publicURL string) func(assets.ID) string {
	if s.server.ReviewURL != nil {
		return s.server.ReviewURL
	}
	return review.URL(publicURL + reviewPath)
}
