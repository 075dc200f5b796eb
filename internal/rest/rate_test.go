package rest_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/testing/fixture"
)

// deadlineRecorder records the deadlines that are set on a connection.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	read, write []time.Time
	sizes       []int // of writes
}

func (d *deadlineRecorder) SetReadDeadline(t time.Time) error {
	d.read = append(d.read, t)
	return nil
}

func (d *deadlineRecorder) SetWriteDeadline(t time.Time) error {
	d.write = append(d.write, t)
	return nil
}

func (d *deadlineRecorder) Write(p []byte) (int, error) {
	d.sizes = append(d.sizes, len(p))
	return d.ResponseRecorder.Write(p)
}

// failingReader returns text and then an error.
type failingReader struct {
	text io.Reader
	err  error
}

func (f *failingReader) Read(p []byte) (int, error) {
	n, err := f.text.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

// copyBody serves a request through an endpoint that sends its body back.
func copyBody(t *testing.T, body io.Reader, idleTimeout time.Duration) *deadlineRecorder {
	t.Helper()
	cfg := rest.Config{
		IdleTimeout: idleTimeout, Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(*http.Request) (assets.Actor, error) {
			return assets.Actor{Workspace: "w", Subject: "s", Kind: assets.KindUser}, nil
		},
	}
	h := rest.Endpoint(cfg, "copy", func(*http.Request) error { return nil }, func(w http.ResponseWriter, r *http.Request, _ assets.Actor) error {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	d := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(d, httptest.NewRequestWithContext(t.Context(), "POST", "/", body))
	return d
}

func TestBodyThatFails(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		os.ErrDeadlineExceeded: "the request body arrived too slowly",
		io.ErrUnexpectedEOF:    "the request body is incomplete",
	} {
		d := copyBody(t, &failingReader{strings.NewReader("half"), err}, time.Minute)
		if d.Code != http.StatusBadRequest || !strings.Contains(d.Body.String(), want) {
			t.Errorf("%v: %d %s", err, d.Code, d.Body)
		}
		// The server must not wait for the rest of the body.
		if last := d.read[len(d.read)-1]; last.IsZero() || time.Until(last) > time.Second {
			t.Errorf("%v: the last read deadline is %v", err, last)
		}
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	before := time.Now()
	d := copyBody(t, bytes.NewReader(make([]byte, 150<<10)), time.Hour)
	if d.Code != http.StatusOK || d.Body.Len() != 150<<10 {
		t.Fatalf("%d, %d bytes", d.Code, d.Body.Len())
	}
	// Before each read a deadline is set and after it removed; finish sets one more.
	if len(d.read)%2 != 1 || !d.read[1].IsZero() || d.read[0].Before(before) {
		t.Errorf("read deadlines: %v", d.read)
	}
	for i, size := range d.sizes {
		if size > 64<<10 {
			t.Errorf("write %d has %d bytes", i, size)
		}
	}
	if len(d.write) != len(d.sizes)+1 {
		t.Errorf("%d write deadlines for %d writes", len(d.write), len(d.sizes))
	}
	if last := d.write[len(d.write)-1]; last.Before(before.Add(2 * time.Hour)) {
		t.Errorf("the last write deadline is %v", last)
	}
}

// TestResponseBeforeTheBody: a response that is larger than the buffers of net/http is sent
// although the client never sends the rest of its body.
func TestResponseBeforeTheBody(t *testing.T) {
	t.Parallel()
	for name, h := range exchanges(rest.Config{IdleTimeout: 500 * time.Millisecond}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(make([]byte, 8<<10))
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(h)
			t.Cleanup(srv.Close)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\na")
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if got, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusNotFound || len(got) != 8<<10 || err != nil {
				t.Errorf("%d, %d bytes, %v", resp.StatusCode, len(got), err)
			}
		})
	}
}

// exchanges returns handlers that call h within the limits of clients.
func exchanges(cfg rest.Config, h http.HandlerFunc) map[string]http.Handler {
	operation := cfg
	operation.Logger = slog.New(slog.DiscardHandler)
	operation.Authenticate = func(*http.Request) (assets.Actor, error) { return fixture.Ann, nil }
	return map[string]http.Handler{
		"paced": rest.Paced(cfg, h),
		"endpoint": rest.Endpoint(operation, "x", func(*http.Request) error { return nil }, func(w http.ResponseWriter, r *http.Request, _ assets.Actor) error {
			h(w, r)
			return nil
		}),
	}
}
