package rest_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// bare hides the optional methods of a ResponseWriter.
type bare struct{ http.ResponseWriter }

// unwrapping hides them from type assertions only.
type unwrapping struct{ bare }

func (u unwrapping) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// hijacking can be taken over once.
type hijacking struct {
	bare
	panics bool
}

func (h hijacking) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if h.panics {
		panic("not a Hijacker")
	}
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// unsupported has a method for deadlines that does not work.
type unsupported struct{ bare }

func (unsupported) SetWriteDeadline(time.Time) error { return http.ErrNotSupported }

type wrapping = func(http.ResponseWriter) http.ResponseWriter

// half serves half of a response and then fails.
func half(log *strings.Builder, canAbort *bool) http.Handler {
	op := rest.Operation{Name: "half", Method: http.MethodGet}
	return rest.New(
		rest.Config{Prefix: "/x", IdleTimeout: time.Minute, Logger: slog.New(slog.NewTextHandler(log, nil))},
		rest.Raw(op, func(w http.ResponseWriter, _ *http.Request, _ assets.Actor, _ *struct{}) error {
			*canAbort = rest.CanAbort(w)
			_, err := w.Write(make([]byte, 100_000))
			if err == nil {
				err = assets.ErrUnavailable
			}
			return err
		}),
	)
}

// TestAbortBehindMiddlewareHOS13: a middleware that recovers the panic of an abort
// does not complete the response, if its ResponseWriter has what is needed.
func TestAbortBehindMiddlewareHOS13(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrap               wrapping
		canAbort, complete bool
	}{
		"none":        {func(w http.ResponseWriter) http.ResponseWriter { return w }, true, false},
		"Unwrap":      {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{bare{w}} }, true, false},
		"Hijack":      {func(w http.ResponseWriter) http.ResponseWriter { return hijacking{bare{w}, false} }, false, false},
		"nothing":     {func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }, false, true},
		"panics":      {func(w http.ResponseWriter) http.ResponseWriter { return hijacking{bare{w}, true} }, false, true},
		"unsupported": {func(w http.ResponseWriter) http.ResponseWriter { return unsupported{bare{w}} }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var canAbort bool
			h := half(new(strings.Builder), &canAbort)
			ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					if p := recover(); p != any(http.ErrAbortHandler) {
						t.Errorf("panic %v, want http.ErrAbortHandler", p)
					}
				}()
				h.ServeHTTP(tt.wrap(w), r)
			}))
			t.Cleanup(ts.Close)
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/x", nil)
			resp, err := http.DefaultClient.Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			if (err == nil) != tt.complete || canAbort != tt.canAbort {
				t.Errorf("complete: %v; CanAbort: %t", err, canAbort)
			}
		})
	}
}

// TestWarningAboutTheResponseWriterHOS13: each handler logs one warning, at the
// first request whose ResponseWriter lacks a method.
func TestWarningAboutTheResponseWriterHOS13(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrap  wrapping
		warns int
	}{
		"net/http": {func(w http.ResponseWriter) http.ResponseWriter { return w }, 0},
		"Unwrap":   {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{bare{unwrapping{bare{w}}}} }, 0},
		"nothing":  {func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }, 1},
		"in vain":  {func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{bare{bare{w}}} }, 1},
		"no Flush": {func(w http.ResponseWriter) http.ResponseWriter { return deadlinesOnly{bare{w}} }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			h := thingsServer(&log)
			served := make(chan struct{})
			ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { served <- struct{}{} }()
				h.ServeHTTP(tt.wrap(w), r)
			}))
			t.Cleanup(ts.Close)
			for range 3 {
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, ts.URL+"/x/public", nil)
				go func() {
					if resp, err := http.DefaultClient.Do(r); err == nil {
						_ = resp.Body.Close()
					}
				}()
				<-served
			}
			if n := strings.Count(log.String(), "level=WARN"); n != tt.warns || n > 0 && !strings.Contains(log.String(), "Unwrap") {
				t.Errorf("%d warnings, want %d: %s", n, tt.warns, log.String())
			}
		})
	}
}

// deadlinesOnly has no Flush.
type deadlinesOnly struct{ bare }

func (deadlinesOnly) SetReadDeadline(time.Time) error  { return nil }
func (deadlinesOnly) SetWriteDeadline(time.Time) error { return nil }
