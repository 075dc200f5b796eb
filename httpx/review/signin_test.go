package review_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets/httpx/review"
)

func TestSignInPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	send := review.SignInPage(s.lib, review.Options{Base: "/a/review", Theme: review.Theme{Name: "Acme"}})
	for name, tt := range map[string]struct {
		state  review.SignIn
		status int
		shows  string
	}{
		"first":  {review.SignIn{Next: `triage?q="x"`}, 200, "Sign in to review"},
		"failed": {review.SignIn{Failed: true}, 401, "This is not the key of anybody here"},
		"outage": {review.SignIn{Failed: true, Unavailable: true}, 503, "The key could not be checked"},
		"used":   {review.SignIn{Used: true}, 401, "The link was used already"},
	} {
		rec := httptest.NewRecorder()
		send(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/a/review/sign-in", http.NoBody), tt.state)
		p := page{rec, rec.Body.String()}
		s.shows(p, tt.shows)
		if p.Code != tt.status || p.Header().Get("Cache-Control") != "no-store" || !strings.Contains(p.body, `href="./static/`) || !strings.Contains(p.body, "Acme") {
			t.Errorf("%s: %d %v", name, p.Code, p.Header())
		}
		if tt.state.Next != "" && !strings.Contains(p.body, `name="next" value="triage?q=&#34;x&#34;"`) {
			t.Errorf("%s: %s", name, p.body)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "./", "triage?type=copy": "./triage?type=copy", "?q=a:b": "./?q=a:b", "?q=wait...": "./?q=wait...", "x#/../..": "./", "019aa0a4-0000-7000-8000-000000000000": "./019aa0a4-0000-7000-8000-000000000000",
		"/x": "./", "//evil": "./", "./../x": "./", "..": "./", "https://evil": "./", "a\\b": "./", "a\r\nb": "./", "javascript:x": "./", strings.Repeat("a", 5000): "./",
	} {
		if got := review.Next(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}
