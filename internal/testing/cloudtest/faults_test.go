package cloudtest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// TestMain silences toxiproxy, which logs to standard error.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	os.Exit(m.Run())
}

// relay forwards requests to a server, except those that a fault handles.
type relay struct {
	addr    string
	forward *httputil.ReverseProxy

	mu    sync.Mutex
	fault fault
}

// fault handles a request and reports true, or reports false.
type fault func(w http.ResponseWriter, r *http.Request, forward http.Handler) bool

func newRelay(t *testing.T, upstream string) *relay {
	t.Helper()
	r := &relay{forward: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream})}
	r.forward.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.addr = strings.TrimPrefix(server.URL, "http://")
	return r
}

// inject sets the fault for later requests; nil is none.
func (r *relay) inject(f fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = f
}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	f := r.fault
	r.mu.Unlock()
	if f == nil || !f(w, req, r.forward) {
		r.forward.ServeHTTP(w, req)
	}
}

// refuse responds with 503 as S3 does.
func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(`<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`))
}

// wire is a toxiproxy in front of a server.
type wire struct {
	t              *testing.T
	addr, upstream string
	proxy          *toxiproxy.Proxy
}

func newWire(t *testing.T, upstream string) *wire {
	t.Helper()
	w := &wire{t: t, addr: "127.0.0.1:0", upstream: upstream}
	w.start()
	w.addr = w.proxy.Listen
	t.Cleanup(func() { w.proxy.Stop() })
	return w
}

func (w *wire) start() {
	w.t.Helper()
	w.proxy = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "s3", w.addr, w.upstream)
	if err := w.proxy.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// addToxic adds a toxic in the JSON of toxiproxy's API.
func (w *wire) addToxic(toxic string) {
	w.t.Helper()
	if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		w.t.Fatal(err)
	}
}

// reset closes all connections and starts a proxy without toxics. Toxics that are
// waiting cannot be removed from a connection.
func (w *wire) reset() {
	w.t.Helper()
	w.proxy.Stop()
	w.start()
}
