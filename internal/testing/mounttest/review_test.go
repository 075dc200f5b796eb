package mounttest_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets/internal/testing/mounttest"
	"github.com/10ex/assets/internal/testing/testproc"
)

func TestReviewOnServeMux(t *testing.T) {
	t.Parallel()
	mounttest.TestReview(t, func(page func(string) http.Handler) string {
		mux := http.NewServeMux()
		h := page(mounttest.ReviewPrefix)
		mux.Handle(mounttest.ReviewPrefix, h)
		mux.Handle(mounttest.ReviewPrefix+"/", h)
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		return server.URL
	})
}

// TestReviewBehindNginx: a proxy strips the prefix, and sends another Host.
func TestReviewBehindNginx(t *testing.T) {
	t.Parallel()
	mounttest.TestReview(t, func(page func(string) http.Handler) string {
		var handler atomic.Value
		handler.Store(http.NotFoundHandler())
		origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h, _ := handler.Load().(http.Handler)
			h.ServeHTTP(w, r)
		}))
		t.Cleanup(origin.Close)
		url := testproc.Nginx(t, "", "absolute_redirect off; location "+mounttest.ReviewPrefix+"/ { proxy_pass "+origin.URL+"/; }")
		handler.Store(http.Handler(http.HandlerFunc(page(url + mounttest.ReviewPrefix).ServeHTTP)))
		return url
	})
}
