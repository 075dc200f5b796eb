package review_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

// unreadBody is a body that must not be read.
type unreadBody struct {
	testing.TB
	of string
}

// Read implements io.Reader.
func (b unreadBody) Read([]byte) (int, error) {
	b.Errorf("%s: the body was read", b.of)
	return 0, http.ErrBodyReadAfterClose
}

// sendUnread sends a request whose body must not be read.
func (s *site) sendUnread(h http.Handler, method, path string, header ...string) page {
	s.Helper()
	r := httptest.NewRequestWithContext(s.Context(), method, "/a/review/"+path, unreadBody{s.TB, method + " " + path})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return page{rec, rec.Body.String()}
}

// TestGuestFormsUnread: of what is sent below link/ nothing is read but the answer of somebody
// who has the link, and nothing of another site.
func TestGuestFormsUnread(t *testing.T) {
	t.Parallel()
	s := newGuestSite(t, guestsDecide)
	a := s.copyAsset("one")
	_, token := s.invite(a, assets.LinkDecide)
	for _, path := range []string{
		"link/forged", "link/", "link/forged/content", "link/forged/preview", "link/forged/y", "link/forged/y/z", "link/forged/y/z/a",
		"link/" + token + "/content", "link/" + token + "/preview", "link/" + token + "/file", "link/" + token + "/y", "link/" + token + "/y/z",
	} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			for site, refused := range map[string]bool{"same-origin": false, "cross-site": true} {
				p := s.sendUnread(s.handler, method, path, "Sec-Fetch-Site", site)
				if (p.Code == http.StatusForbidden) != refused || p.Code < 400 {
					t.Errorf("%s %s from %s: %d", method, path, site, p.Code)
				}
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch} {
		if p := s.sendUnread(s.handler, method, "link/"+token, "Sec-Fetch-Site", "same-origin"); p.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, p.Code)
		}
	}
	if p := s.sendUnread(s.handler, http.MethodPost, "link/"+token, "Sec-Fetch-Site", "cross-site"); p.Code != http.StatusForbidden {
		t.Errorf("the answer of another site: %d", p.Code)
	}
	p := s.send("", "link/"+token, answerForm("approve", a, "comment", strings.Repeat("x", 300<<10)))
	if p.Code != http.StatusRequestEntityTooLarge || s.current(a.ID).ApprovedVersion != 0 {
		t.Errorf("a huge answer: %d", p.Code)
	}
}

// TestFormsOfOthersUnread: the page of the queue reads no form of another site, and the page
// for signing in none at all, also if it fails.
func TestFormsOfOthersUnread(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := string(s.copyAsset("one").ID)
	for _, path := range []string{"", "none", "triage", "several", "static/none", id, id + "/decision", id + "/none"} {
		for _, method := range []string{http.MethodPost, http.MethodPut} {
			if p := s.sendUnread(s.handler, method, path, "Sec-Fetch-Site", "cross-site"); p.Code < 400 {
				t.Errorf("%s %s: %d", method, path, p.Code)
			}
		}
	}
	signIn := review.SignInPage(s.lib, review.Options{Base: "/a/review", Theme: review.Theme{Foot: `{{index .Title 10000}}`}})
	failing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { signIn(w, r, review.SignIn{Failed: true}) })
	if p := s.sendUnread(failing, http.MethodPost, "sign-in"); p.Code != http.StatusInternalServerError {
		t.Errorf("a sign-in page that fails: %d", p.Code)
	}
}
