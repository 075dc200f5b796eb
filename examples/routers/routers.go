// Package routers shows the routes of a library on net/http, chi, gin and echo, beside a
// route of the host and behind its middleware, without and with OpenTelemetry.
//
// A router must pass on every method and the whole path. Compression and limits of time
// are for the host's own routes only.
//
// The package is a module of its own, so that importers of package assets do not download
// the routers.
package routers

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
)

// OnServeMux uses net/http alone, with otelhttp outside.
func OnServeMux(lib *assets.Library, opts httpx.Options, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /hello", http.TimeoutHandler(http.HandlerFunc(hello), time.Second, "late"))
	httpx.Mount(mux, lib, opts)
	named := otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
		return r.Method + " " + httpx.LogPath(lib, r.URL.Path)
	})
	return otelhttp.NewHandler(accessLog(lib, log, mux), "host", named)
}

// OnChi uses chi, whose Recoverer passes http.ErrAbortHandler on.
func OnChi(lib *assets.Library, opts httpx.Options, log *slog.Logger) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer, func(next http.Handler) http.Handler { return accessLog(lib, log, next) })
	r.With(middleware.Compress(5), middleware.Timeout(time.Second)).Get("/hello", hello)
	r.Mount(lib.BasePath(), httpx.Handler(lib, opts))
	r.Mount(lib.PublicPath(), httpx.Public(lib, opts))
	return r
}

// OnGin uses gin. Its Recovery swallows http.ErrAbortHandler, so it is for the host's own
// routes only.
func OnGin(lib *assets.Library, opts httpx.Options, log *slog.Logger) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Group("/", gin.Recovery(), gzip.Gzip(gzip.DefaultCompression)).GET("/hello", gin.WrapF(hello))
	for path, h := range map[string]http.Handler{lib.BasePath(): httpx.Handler(lib, opts), lib.PublicPath(): httpx.Public(lib, opts)} {
		r.Any(path, gin.WrapH(h))
		r.Any(path+"/*below", gin.WrapH(h))
	}
	return accessLog(lib, log, r)
}

// OnEcho uses echo, whose Recover passes http.ErrAbortHandler on.
func OnEcho(lib *assets.Library, opts httpx.Options, log *slog.Logger) http.Handler {
	e := echo.New()
	e.Use(echomiddleware.RequestID(), echomiddleware.Recover())
	e.GET("/hello", echo.WrapHandler(http.HandlerFunc(hello)), echomiddleware.Gzip())
	for path, h := range map[string]http.Handler{lib.BasePath(): httpx.Handler(lib, opts), lib.PublicPath(): httpx.Public(lib, opts)} {
		e.Any(path, echo.WrapHandler(h))
		e.Any(path+"/*", echo.WrapHandler(h))
	}
	return accessLog(lib, log, e)
}

// hello is a route of the host.
func hello(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(strings.Repeat("hello ", 1000)))
}

// accessLog logs each request without tokens. The query is left out.
func accessLog(lib *assets.Library, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "request", "method", r.Method, "path", httpx.LogPath(lib, r.URL.Path))
		next.ServeHTTP(w, r)
	})
}
