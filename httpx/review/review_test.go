package review_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/10ex/assets/httpx/review"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	at := regexp.MustCompile(`static/[0-9a-f]{16}/review\.css`).FindString(s.get(200, "ana", "").body)
	public := review.Public(s.lib, review.Options{Base: "/a/review"})
	for path, status := range map[string]int{"/a/review/" + at: 200, "/a/review/": 404, "/a/review/triage": 404} {
		rec := httptest.NewRecorder()
		public.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if rec.Code != status {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	address := review.URL("https://assets.example/a/review/")
	if address("") != "https://assets.example/a/review/" || address("x") != "https://assets.example/a/review/x" {
		t.Errorf("%s, %s", address(""), address("x"))
	}
}
