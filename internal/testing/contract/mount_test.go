package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/mounttest"
)

// mounts returns the ways to mount the routes with chi.
func mounts() map[string]mounttest.Mount {
	return map[string]mounttest.Mount{
		"chi": func(lib *assets.Library, opts httpx.Options) http.Handler {
			r := chi.NewRouter()
			r.Mount(lib.BasePath(), httpx.Handler(lib, opts))
			r.Mount(lib.PublicPath(), httpx.Public(lib, opts))
			return r
		},
		"chi, nested": func(lib *assets.Library, opts httpx.Options) http.Handler {
			r := chi.NewRouter()
			r.Route("/api", func(r chi.Router) {
				r.Mount(strings.TrimPrefix(lib.BasePath(), "/api"), httpx.Handler(lib, opts))
				r.Mount(strings.TrimPrefix(lib.PublicPath(), "/api"), httpx.Public(lib, opts))
			})
			return r
		},
	}
}

func TestMountMethodsNET02(t *testing.T) { mounttest.TestMethods(t, mounts()) }

func TestMountNotFoundNET02(t *testing.T) { mounttest.TestNotFound(t, mounts()) }

func TestMountLinks(t *testing.T) { mounttest.TestLinks(t, mounts()) }
