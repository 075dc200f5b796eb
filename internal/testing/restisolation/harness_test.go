package restisolation_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// Short names for the tables.
type (
	call   = resttest.Call
	want   = resttest.Want
	option = resttest.Option
)

const (
	base      = resttest.Base
	unknownID = resttest.UnknownID
)

// tenants is a server of two workspaces.
type tenants struct{ *resttest.KeyServer }

func newTenants(t testing.TB, db backends.Database, opts ...option) tenants {
	t.Helper()
	return tenants{resttest.NewWithKeys(t, db, opts...)}
}

// send sends the request of a row with an id in place of {asset}.
func (srv tenants) send(row routeTest, key string, id assets.ID, header map[string]string) *httptest.ResponseRecorder {
	fill := func(s string) string { return strings.ReplaceAll(s, "{asset}", string(id)) }
	return srv.Send(call{Method: row.method, Path: base + fill(row.path), As: srv.Bearers[key], Body: fill(row.body), Header: header})
}

// logBuffer is a log handler that keeps every record of every level as JSON.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	slog.Handler
}

func newLogBuffer() *logBuffer {
	c := new(logBuffer)
	c.Handler = slog.NewJSONHandler(lockedWriter{c}, &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true})
	return c
}

type lockedWriter struct{ c *logBuffer }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.c.text.Write(p)
}

func (c *logBuffer) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// withDeadlines has the deadlines that a ResponseWriter of net/http has.
type withDeadlines struct{ *httptest.ResponseRecorder }

func (withDeadlines) SetReadDeadline(time.Time) error { return nil }

func (withDeadlines) SetWriteDeadline(time.Time) error { return nil }
