package restisolation_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/webhook"
)

// TestMarkersOfAWorkspaceTEN06 puts words of its own into everything that a workspace
// keeps, has webhooks deliver its events, and searches every page of events, stream, tool,
// request of a webhook, response about webhooks, error and line of the log for them. Another
// workspace sees none of the words. Contents, provenance, titles, secrets and keys are in
// none of these texts, not even in those of the own workspace.
func TestMarkersOfAWorkspaceTEN06(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := newMarkedServer(t, db)
		all := []*marked{srv.mark(t, "w1", "owner"), srv.mark(t, "w2", "other")}
		srv.deliver(t, all)
		seen := map[*marked]string{}
		for i, m := range all {
			foreign := all[1-i]
			seen[m] = srv.eventsOf(t, m) + srv.webhooksOf(m, m.hooks) + m.received()
			for name, word := range m.own {
				if !strings.Contains(seen[m], word) && name != "answer" {
					t.Errorf("%s: the %s is in no event, delivery or webhook, so that this shows nothing", m.workspace, name)
				}
			}
			seen[m] += srv.webhooksOf(m, foreign.hooks) + srv.everywhere(m, foreign)
		}
		log := srv.log.String()
		for i, m := range all {
			lacks(t, m.workspace+": own texts", seen[m], m.private)
			lacks(t, m.workspace+": texts of the other workspace", seen[all[1-i]], m.private, m.own)
			lacks(t, m.workspace+": the log", log, m.private, m.own)
		}
		if !strings.Contains(log, `"level"`) {
			t.Error("nothing was logged")
		}
	})
}

// lacks checks that a text has none of the words.
func lacks(t *testing.T, where, text string, words ...map[string]string) {
	t.Helper()
	for _, list := range words {
		for name, word := range list {
			if i := strings.Index(text, word); i >= 0 {
				t.Errorf("%s: the %s is in …%s…", where, name, text[max(0, i-200):i+len(word)])
			}
		}
	}
}

// deliver has the events of all workspaces delivered, and one test refused by each.
func (srv *markedServer) deliver(t *testing.T, all []*marked) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		if err := srv.hooks.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for _, m := range all {
		by := resttest.Maker(m.workspace)
		if _, err := srv.hooks.Test(ctx, by, m.hooks[1]); err != nil {
			t.Fatal(err)
		}
		page, err := srv.Lib.Events(ctx, by, assets.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		await(t, func() bool {
			log, err := srv.hooks.Deliveries(ctx, by, m.hooks[1], webhook.DeliveryQuery{})
			return err == nil && len(log.Items) == 1 && log.Items[0].Status == 502 && m.got() == len(page.Items)+1
		})
	}
}

// await waits until a condition holds.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("it takes too long")
		}
	}
}

// eventsOf returns the events of a workspace as each interface returns them.
func (srv *markedServer) eventsOf(t *testing.T, m *marked) string {
	t.Helper()
	feed := srv.Send(call{Method: "GET", Path: base + "/events", As: srv.Bearers[m.key]}).Body.String()
	tool := httptest.NewRecorder()
	srv.tools.ServeHTTP(withDeadlines{tool}, call{
		Method: "POST", Path: "/mcp", As: srv.Bearers[m.key], Header: map[string]string{"Accept": "application/json, text/event-stream"},
		Body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_asset_events","arguments":{}}}`,
	}.Request(srv.Server))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream := &streamed{withDeadlines: withDeadlines{httptest.NewRecorder()}, want: strings.Count(feed, `"occurred_at"`), enough: cancel}
	srv.Mux.ServeHTTP(stream, call{Method: "GET", Path: base + "/events/stream", As: srv.Bearers[m.key]}.Request(srv.Server).WithContext(ctx))
	all := map[string]string{"feed": feed, "tool": tool.Body.String(), "stream": stream.Body.String()}
	for name, text := range all {
		if stream.want == 0 || !strings.Contains(text, m.own["reason"]) {
			t.Errorf("%s of %s: %d events: %s", name, m.workspace, stream.want, text)
		}
	}
	return fmt.Sprint(all)
}

// streamed is the response to a stream, which ends when it has enough events.
type streamed struct {
	withDeadlines
	want   int
	enough context.CancelFunc
}

func (s *streamed) Write(p []byte) (int, error) {
	n, err := s.ResponseRecorder.Write(p)
	if bytes.Count(s.Body.Bytes(), []byte("\ndata: ")) >= s.want {
		s.enough()
	}
	return n, err
}

// webhooksOf returns what the routes tell m about webhooks, also when they are asked
// wrongly. It changes nothing that matters, and makes no secret.
func (srv *markedServer) webhooksOf(m *marked, hooks []assets.ID) string {
	var out strings.Builder
	send := func(method, path, body string) {
		rec := srv.Send(call{Method: method, Path: base + "/webhooks" + path, As: srv.Bearers[m.key], Body: body})
		fmt.Fprintln(&out, rec.Code, rec.Header(), rec.Body)
	}
	send("GET", "", "")
	send("GET", "?cursor=AAAA", "")
	send("POST", "", `{"url":"ftp://[","types":["x"]}`)
	for _, id := range hooks {
		one := "/" + string(id)
		send("GET", one, "")
		send("GET", one+"/deliveries", "")
		send("GET", one+"/deliveries?state=x&cursor=AAAA", "")
		send("GET", one+"/deliveries?cursor=AAAA", "")
		send("PATCH", one, `{"url":"http://10.0.0.1/"}`)
		send("PATCH", one, `{"paused":false}`)
		send("POST", one+"/replay", `{"after":"AAAA"}`)
		send("POST", one+"/replay", `{"after":"now"}`)
		send("POST", one+"/deliveries/"+unknownID+"/retry", "")
	}
	return out.String()
}

// everywhere returns the responses of all routes to m about the assets of another
// workspace.
func (srv *markedServer) everywhere(m, foreign *marked) string {
	var out strings.Builder
	for _, row := range append(assetRoutes, otherRoutes...) {
		for _, id := range foreign.assets {
			rec := srv.send(row, m.key, id, nil)
			fmt.Fprintln(&out, rec.Code, rec.Header(), rec.Body)
		}
	}
	return out.String()
}
