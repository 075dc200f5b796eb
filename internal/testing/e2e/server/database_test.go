package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/10ex/assets/internal/testing/pgtest"
)

// TestDatabaseOutagesDBF07 keeps one server process while its database is restarted,
// set to read-only, or becomes a standby. Meanwhile writes must be refused with 503
// and possible reads must succeed; afterwards everything must work, with exactly
// what was acknowledged.
func TestDatabaseOutagesDBF07(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		databaseOutages(t)
	})
}

func databaseOutages(t *testing.T) {
	t.Helper()
	db := pgtest.Start(t)
	p := newDeployment(t.TempDir(), "-db", db.Database(t)).firstStart(t)
	s := &outage{client: p.client(p.key), mcp: p.url + "/mcp", ready: p.url + "/readyz"}
	for _, trouble := range []struct {
		name       string
		begin, end func()
		reads      int // the status of reads
	}{
		{"away", func() { db.Stop(t, "immediate") }, func() { db.Restart(t) }, http.StatusServiceUnavailable},
		{"set to read-only", func() {
			db.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on")
			db.Exec(t, "SELECT pg_reload_conf()")
		}, func() {
			db.Exec(t, "ALTER SYSTEM RESET default_transaction_read_only")
			db.Exec(t, "SELECT pg_reload_conf()")
		}, http.StatusOK},
		{"a standby", func() { db.Demote(t) }, func() { db.Promote(t) }, http.StatusOK},
	} {
		s.name = trouble.name
		s.until(http.StatusCreated)
		ticket := s.post(http.StatusCreated, "/uploads", `{}`)
		trouble.begin()
		s.until(http.StatusServiceUnavailable)
		s.readyUntil(http.StatusServiceUnavailable)
		s.refuses(ticket.URL)
		s.reads(trouble.reads)
		trouble.end()
		s.until(http.StatusCreated)
		s.readyUntil(http.StatusOK)
		s.reads(http.StatusOK)
		s.client.call(http.StatusCreated, http.MethodPut, ticket.URL, "text/plain", strings.NewReader("late"))
		s.review(s.last, `{"action":"approve","version":1}`)
	}
	p.stop(syscall.SIGTERM) // it is still the first process
}

// outage is a client of a server during an outage of the database.
type outage struct {
	client
	name, mcp, ready, last string // last is the newest acknowledged asset
	acknowledged           int
}

// until creates assets until the status of the response is want: 201 or 503.
func (s *outage) until(want int) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		status, _, body := s.send(http.MethodPost, "", "application/json", strings.NewReader(`{"type":"copy","title":"Kept","text":"kept"}`))
		switch status {
		case http.StatusCreated:
			s.acknowledged, s.last = s.acknowledged+1, s.decode(body).ID
		case http.StatusServiceUnavailable:
		default:
			s.t.Fatalf("%s: %d %s", s.name, status, body)
		}
		if status == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: still %d, not %d", s.name, status, want)
		}
	}
}

// readyUntil polls /readyz until the status of the response is want: 200 or 503.
func (s *outage) readyUntil(want int) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		status, _, body := s.send(http.MethodGet, s.ready, "", nil)
		switch {
		case status == want:
			return
		case status != http.StatusOK && status != http.StatusServiceUnavailable:
			s.t.Fatalf("%s: /readyz: %d %s", s.name, status, body)
		case time.Now().After(deadline):
			s.t.Fatalf("%s: /readyz: still %d, not %d: %s", s.name, status, want, body)
		}
	}
}

// refuses requires 503 for every write.
func (s *outage) refuses(ticket string) {
	s.t.Helper()
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", "/" + s.last, `{"title":"Edited"}`},
		{"DELETE", "/" + s.last, ""},
		{"POST", "/" + s.last + "/versions", `{"text":"second"}`},
		{"POST", "/" + s.last + "/approval", `{"action":"submit"}`},
		{"POST", "/" + s.last + "/rollback", `{"version":1}`},
		{"POST", "/bulk/approval", `{"action":"approve","items":[{"asset_id":"` + s.last + `","version":1}]}`},
		{"POST", "/uploads", `{}`},
		{"POST", "/exports", `{"type":"copy"}`},
		{"PUT", ticket, `"late"`}, // which is JSON
	} {
		_, answer := s.call(http.StatusServiceUnavailable, c.method, c.path, "application/json", strings.NewReader(c.body))
		if code := s.decode(answer).Code; code != "unavailable" {
			s.t.Errorf("%s: %s %s: code %q", s.name, c.method, c.path, code)
		}
	}
	submit := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"submit_asset","arguments":{"asset_id":%q}}}`, s.last)
	status, _, answer := s.send(http.MethodPost, s.mcp, "application/json", strings.NewReader(submit))
	if status != http.StatusServiceUnavailable && !strings.Contains(string(answer), `\"code\":\"unavailable\",\"status\":503`) {
		s.t.Errorf("%s: the tool: %d %s", s.name, status, answer)
	}
}

// reads requires a status for every read, and with 200 exactly what was
// acknowledged.
func (s *outage) reads(want int) {
	s.t.Helper()
	s.call(want, http.MethodGet, "/"+s.last, "", nil)
	s.call(want, http.MethodGet, "/tags", "", nil)
	s.call(want, http.MethodGet, "/exports", "", nil)
	_, content := s.call(want, http.MethodGet, "/"+s.last+"/versions/1/content", "", nil)
	_, list := s.call(want, http.MethodGet, "?include_total=true", "", nil)
	if want != http.StatusOK {
		return
	}
	var page struct{ Total int }
	if err := json.Unmarshal(list, &page); err != nil || page.Total != s.acknowledged || string(content) != "kept" {
		s.t.Errorf("%s: %d assets, %d were acknowledged; the last is %q; %v", s.name, page.Total, s.acknowledged, content, err)
	}
}
