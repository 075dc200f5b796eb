package httpx_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/fixture"
	"github.com/10ex/assets/internal/testing/resttest"
)

// recovering is a middleware that recovers every panic, also http.ErrAbortHandler,
// and so completes the response.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

// zipped is the ResponseWriter of a middleware that compresses. It has no other
// methods.
type zipped struct {
	http.ResponseWriter
	gz *gzip.Writer
}

func (z *zipped) WriteHeader(status int) {
	z.Header().Del("Content-Length")
	z.Header().Set("Content-Encoding", "gzip")
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipped) Write(p []byte) (int, error) {
	if z.Header().Get("Content-Encoding") == "" {
		z.WriteHeader(http.StatusOK)
	}
	return z.gz.Write(p)
}

// unwrapped supports http.ResponseController.
type unwrapped struct{ *zipped }

func (u unwrapped) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// hijackable has the optional methods but those for deadlines.
type hijackable struct{ *zipped }

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.ResponseWriter.(http.Hijacker).Hijack() // as frameworks do
}

func (h hijackable) Flush() { _ = h.gz.Flush() }

// compressing is a middleware that compresses every response. It writes the end of
// the compressed text also after a panic.
func compressing(as func(*zipped) http.ResponseWriter) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			z := &zipped{w, gzip.NewWriter(w)}
			defer z.gz.Close()
			next.ServeHTTP(as(z), r)
		})
	}
}

// buffering is a middleware that sends a response when the handler has returned or
// panicked.
func buffering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		defer func() {
			maps.Copy(w.Header(), rec.Header())
			w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
		}()
		next.ServeHTTP(rec, r)
	})
}

// TestVolumeSwallowedAbortHOS13: whatever a middleware does with the panic of a transfer
// that fails, no client gets a wrong content in a complete response.
func TestVolumeSwallowedAbortHOS13(t *testing.T) {
	t.Parallel()
	for name, middleware := range map[string]func(http.Handler) http.Handler{
		"recovery":         func(h http.Handler) http.Handler { return h },
		"gzip":             compressing(func(z *zipped) http.ResponseWriter { return z }),
		"gzip with Unwrap": compressing(func(z *zipped) http.ResponseWriter { return unwrapped{z} }),
		"gzip with Hijack": compressing(func(z *zipped) http.ResponseWriter { return hijackable{z} }),
		"buffering":        buffering,
		"time limit":       func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1000, 1 << 20, 1<<20 + 1, 3 << 20} {
				serveDamaged(t, size, func(h http.Handler) http.Handler { return recovering(middleware(h)) })
			}
		})
	}
}

// serveDamaged asks for a content of size bytes, sound and damaged in several ways.
func serveDamaged(t *testing.T, size int, middleware func(http.Handler) http.Handler) {
	t.Helper()
	srv := resttest.New(t)
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i * i >> 3)
	}
	id := srv.Upload("bundle", "", "f", content)
	opts := httpx.Options{Authenticate: httpx.Bearer(resttest.KnownActors())}
	ts := httptest.NewServer(middleware(httpx.Handler(srv.Lib, opts)))
	t.Cleanup(ts.Close)
	half := int64(size / 2)
	for fault, spoil := range map[string]func(r io.Reader) io.Reader{
		"sound": func(r io.Reader) io.Reader { return r },
		"altered": func(r io.Reader) io.Reader {
			return io.MultiReader(io.LimitReader(r, int64(size-1)), strings.NewReader("X"))
		},
		"short": func(r io.Reader) io.Reader { return io.LimitReader(r, half) },
		"fails": func(r io.Reader) io.Reader { return resttest.FailAfter(io.NopCloser(r), half) },
		"panics": func(r io.Reader) io.Reader {
			return io.MultiReader(io.LimitReader(r, half), fixture.ReaderFunc(func([]byte) (int, error) { panic("bomb") }))
		},
	} {
		srv.Blobs.SetFault(func(r io.ReadCloser, err error) (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{spoil(r), r}, err
		})
		for ranges, want := range map[string][]byte{"": content, "bytes=1-": content[1:], fmt.Sprintf("bytes=0-%d", size-2): content[:size-1]} {
			status, body, err := receive(t, ts.URL+base+"/"+id+"/versions/1/content", ranges)
			switch {
			case fault == "sound" && (err != nil || !bytes.Equal(body, want)):
				t.Errorf("%d bytes, range %q: %d with %d bytes, %v", size, ranges, status, len(body), err)
			case fault != "sound" && err == nil && status < 400 && (ranges == "" || fault != "altered" && !bytes.Equal(body, want)):
				t.Errorf("%d bytes, %s, range %q: a complete response %d with %d bytes", size, fault, ranges, status, len(body))
			case fault != "sound" && size <= 1<<20 && status != 500 && status != 503:
				t.Errorf("%d bytes, %s, range %q: %d", size, fault, ranges, status)
			}
		}
	}
}

// receive returns a response as a client sees it. err is not nil if the response
// is not complete.
func receive(t *testing.T, url, ranges string) (status int, body []byte, err error) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	r.Header.Set("Authorization", "Bearer reader")
	if ranges != "" {
		r.Header.Set("Range", ranges)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	in := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		if in, err = gzip.NewReader(in); err != nil {
			return resp.StatusCode, nil, err
		}
	}
	body, err = io.ReadAll(in)
	return resp.StatusCode, body, err
}
