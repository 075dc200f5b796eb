package routers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/10ex/assets/internal/testing/mounttest"
)

// TestReviewPage mounts the page for reviews on each router.
func TestReviewPage(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.ReleaseMode)
	const prefix = mounttest.ReviewPrefix
	for name, mount := range map[string]func(page http.Handler) http.Handler{
		"chi": func(page http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Mount(prefix, page)
			return r
		},
		"gin": func(page http.Handler) http.Handler {
			r := gin.New()
			r.Any(prefix, gin.WrapH(page))
			r.Any(prefix+"/*below", gin.WrapH(page))
			return r
		},
		"echo": func(page http.Handler) http.Handler {
			e := echo.New()
			e.Any(prefix, echo.WrapHandler(page))
			e.Any(prefix+"/*", echo.WrapHandler(page))
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mounttest.TestReview(t, func(page func(string) http.Handler) string {
				server := httptest.NewServer(mount(page(prefix)))
				t.Cleanup(server.Close)
				return server.URL
			})
		})
	}
}
