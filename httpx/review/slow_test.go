package review_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx/review"
)

func impatient(_ *assets.Config, opts *review.Options) { opts.StallTimeout = 50 * time.Millisecond }

// dial sends the head of a request to a server with the handler, and what follows it.
func dial(t *testing.T, h http.Handler, request string) net.Conn {
	t.Helper()
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestSlowFormIsNotAwaited: a form that does not arrive ends the request. That of somebody
// without a link is not asked for, so the response is about the link.
func TestSlowFormIsNotAwaited(t *testing.T) {
	t.Parallel()
	s := newSite(t, impatient)
	public := review.Public(s.lib, review.Options{Base: "https://assets.example/a/review", StallTimeout: 50 * time.Millisecond})
	for name, tt := range map[string]struct {
		handler http.Handler
		path    string
		status  string
	}{
		"without a link": {public, "link/x", "404"},
		"signed in":      {s.handler, "several", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, tt.handler, "POST /a/review/"+tt.path+" HTTP/1.1\r\nHost: x\r\nX-Test-Actor: ana\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 200000\r\n\r\na")
			var status string
			if _, err := fmt.Fscanf(conn, "HTTP/1.1 %s", &status); err != nil || status != tt.status {
				t.Errorf("status %q, %v", status, err)
			}
		})
	}
}

// TestSlowReaderOfAPageIsDisconnected: a client that reads nothing does not keep a page in
// memory.
func TestSlowReaderOfAPageIsDisconnected(t *testing.T) {
	t.Parallel()
	s := newSite(t, impatient)
	a := s.copyAsset("a" + strings.Repeat("\n", 256<<10-2) + "b") // its page is larger than what sockets buffer
	done := make(chan struct{})
	end := sync.OnceFunc(func() { close(done) })
	dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer end()
		s.handler.ServeHTTP(w, r)
	}), "GET /a/review/"+string(a.ID)+" HTTP/1.1\r\nHost: x\r\nX-Test-Actor: ana\r\n\r\n")
	<-done
}

// TestVolumePagesOfSlowClientsAreBounded: while a client does not read a large page, another one
// gets it: the slow one is cut for it.
func TestVolumePagesOfSlowClientsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *assets.Config, _ *review.Options) {
		c.Limits.WorkMemory, c.Limits.WorkWait = 24<<20, 4*time.Second // half of it is one page
	})
	a := s.copyAsset("a" + strings.Repeat("\n", 256<<10-2) + "b")
	began, done := make(chan struct{}), make(chan struct{})
	begin, end := sync.OnceFunc(func() { close(began) }), sync.OnceFunc(func() { close(done) })
	dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer end()
		s.handler.ServeHTTP(beginning{w, begin}, r)
	}), "GET /a/review/"+string(a.ID)+" HTTP/1.1\r\nHost: x\r\nX-Test-Actor: ana\r\n\r\n")
	<-began
	s.get(200, "ana", string(a.ID))
	<-done
}

// beginning calls begin when the response begins.
type beginning struct {
	http.ResponseWriter
	begin func()
}

func (w beginning) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w beginning) Unwrap() http.ResponseWriter { return w.ResponseWriter }
