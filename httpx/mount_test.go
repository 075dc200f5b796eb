package httpx_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/mounttest"
)

// mounts returns the ways to mount the routes with net/http. In the last one the
// public routes have a host name of their own. internal/testing/contract tests
// another router.
func mounts() map[string]mounttest.Mount {
	return map[string]mounttest.Mount{
		"ServeMux": func(lib *assets.Library, opts httpx.Options) http.Handler {
			mux := http.NewServeMux()
			httpx.Mount(mux, lib, opts)
			return mux
		},
		"handlers": func(lib *assets.Library, opts httpx.Options) http.Handler {
			own, public := httpx.Handler(lib, opts), httpx.Public(lib, opts)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, lib.PublicPath()+"/") {
					public.ServeHTTP(w, r)
					return
				}
				own.ServeHTTP(w, r)
			})
		},
		"two hosts": func(lib *assets.Library, opts httpx.Options) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("assets.example"+lib.BasePath(), httpx.Handler(lib, opts))
			mux.Handle("assets.example"+lib.BasePath()+"/", httpx.Handler(lib, opts))
			mux.Handle("content.example"+lib.PublicPath()+"/", httpx.Public(lib, opts))
			return mux
		},
	}
}

func TestMountMethodsNET02(t *testing.T) { mounttest.TestMethods(t, mounts()) }

func TestMountNotFoundNET02(t *testing.T) { mounttest.TestNotFound(t, mounts()) }

func TestMountLinks(t *testing.T) { mounttest.TestLinks(t, mounts()) }
