package restisolation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
	"github.com/10ex/assets/mcpx"
)

// cursorRoute is a request with a cursor of events or of webhooks. In its path and body
// {cursor} is replaced by the cursor, and the names in the variables of the workspace.
type cursorRoute struct {
	name, method, path, body string
	list                     string // requests of one list accept each other's cursors
	takes                    string // the member of the response that has the next cursor
	streams                  bool   // a request with a cursor that is accepted does not end
}

var cursorRoutes = []cursorRoute{
	{name: "list_webhooks", method: "GET", path: "/webhooks?limit=1&cursor={cursor}", list: "webhooks", takes: "next_cursor"},
	{name: "list_webhook_deliveries", method: "GET", path: "/webhooks/{hook}/deliveries?limit=1&cursor={cursor}", list: "deliveries", takes: "next_cursor"},
	{name: "deliveries of another", method: "GET", path: "/webhooks/{second}/deliveries?limit=1&cursor={cursor}", list: "deliveries of another", takes: "next_cursor"},
	{name: "deliveries in a state", method: "GET", path: "/webhooks/{hook}/deliveries?state=pending&limit=1&cursor={cursor}", list: "pending", takes: "next_cursor"},
	{name: "list_events", method: "GET", path: "/events?limit=1&after={cursor}", list: "events", takes: "next_after"},
	{name: "stream_events", method: "GET", path: "/events/stream?after={cursor}", list: "events", streams: true},
	{name: "replay_webhook", method: "POST", path: "/webhooks/{hook}/replay", body: `{"after":{cursor}}`, list: "events"},
	{name: "list_asset_events", method: "MCP", body: `{"limit":1,"after":{cursor}}`, list: "events", takes: "next_after"},

	// Their cursors must not be accepted by the others.
	{name: "list_assets", method: "GET", path: "?limit=1&cursor={cursor}", list: "assets", takes: "next_cursor"},
	{name: "list_asset_versions", method: "GET", path: "/{asset}/versions?limit=1&cursor={cursor}", list: "versions", takes: "next_cursor"},
	{name: "list_exports", method: "GET", path: "/exports?limit=1&cursor={cursor}", list: "exports", takes: "next_cursor"},
	{name: "list_review_links", method: "GET", path: "/{asset}/review-links?limit=1&cursor={cursor}", list: "links", takes: "next_cursor"},
}

// maxStream ends a stream that has accepted a cursor. A refusal takes far less.
const maxStream = 10 * time.Second

// cursorKeys has the key that sends requests, by workspace.
var cursorKeys = map[string]string{"w1": "owner", "w2": "other"}

// cursorServer is a server of two workspaces, each with a second page of every list.
type cursorServer struct {
	tenants
	tools http.Handler
	vars  map[string]map[string]string   // of the paths, by workspace
	given map[string]map[string][]string // the cursors that were given, by workspace and list
}

func newCursorServer(t testing.TB) *cursorServer {
	t.Helper()
	srv := &cursorServer{tenants: newTenants(t, backends.Memory().Database(t)), vars: map[string]map[string]string{}, given: map[string]map[string][]string{}}
	srv.tools = mcpx.Handler(srv.Lib, mcpx.HTTPOptions{Authenticate: httpx.Bearer(srv.Ring)})
	for workspace, key := range cursorKeys {
		send := func(status int, method, path, body string) string {
			id, _ := srv.Must(status, call{Method: method, Path: base + path, As: srv.Bearers[key], Body: body})["id"].(string)
			return id
		}
		vars := map[string]string{"asset": string(srv.CreateAsset(workspace, "approved"))}
		srv.CreateAsset(workspace, "approved")
		for _, name := range []string{"hook", "second"} {
			vars[name] = send(201, "POST", "/webhooks", `{"url":"https://example.com/"}`)
			for range 2 {
				send(202, "POST", "/webhooks/"+vars[name]+"/test", "")
				send(201, "POST", "/"+vars["asset"]+"/review-links", `{"name":"Eve"}`)
				srv.CreateExport(t, workspace)
			}
		}
		srv.vars[workspace], srv.given[workspace] = vars, map[string][]string{}
		for _, row := range cursorRoutes {
			if row.takes == "" {
				continue
			}
			next := srv.next(t, row, workspace)
			srv.given[workspace][row.list] = append(srv.given[workspace][row.list], next)
		}
	}
	return srv
}

// next returns the cursor of the second page.
func (srv *cursorServer) next(t testing.TB, row cursorRoute, workspace string) string {
	t.Helper()
	rec := srv.page(t, row, workspace, "")
	text := rec.Body.Bytes()
	if row.method == "MCP" {
		var message struct {
			Result struct {
				Structured json.RawMessage `json:"structuredContent"`
			} `json:"result"`
		}
		if err := json.Unmarshal(text, &message); err != nil {
			t.Fatal(err)
		}
		text = message.Result.Structured
	}
	var page map[string]any
	if err := json.Unmarshal(text, &page); err != nil {
		t.Fatalf("%s: %d %s", row.name, rec.Code, rec.Body)
	}
	cursor, _ := page[row.takes].(string)
	if cursor == "" {
		t.Fatalf("%s has no second page: %s", row.name, text)
	}
	return cursor
}

// withoutCursor removes the cursor from a path or a body: one that is empty is refused.
var withoutCursor = strings.NewReplacer("&cursor={cursor}", "", "&after={cursor}", "", `,"after":{cursor}`, "")

// page sends a request with a cursor or, if it is empty, without one, as the key of a
// workspace.
func (srv *cursorServer) page(t testing.TB, row cursorRoute, workspace, cursor string) *httptest.ResponseRecorder {
	t.Helper()
	own := *srv.Server
	own.TB, own.Vars = t, nil
	quoted, err := json.Marshal(cursor)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(text, cursor string) string {
		if cursor == "" || cursor == `""` {
			text = withoutCursor.Replace(text)
		}
		for name, value := range srv.vars[workspace] {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return strings.ReplaceAll(text, "{cursor}", cursor)
	}
	c := call{
		Method: row.method, Path: base + fill(row.path, url.QueryEscape(cursor)), As: srv.Bearers[cursorKeys[workspace]],
		Body: fill(row.body, string(quoted)),
	}
	if row.streams {
		ctx, cancel := context.WithTimeout(t.Context(), maxStream)
		defer cancel()
		rec := httptest.NewRecorder()
		own.Mux.ServeHTTP(withDeadlines{rec}, c.Request(&own).WithContext(ctx))
		if ctx.Err() != nil {
			t.Fatalf("%s in %s does not refuse the cursor %q: %d %s", row.name, workspace, cursor, rec.Code, rec.Body)
		}
		return rec
	}
	if row.method != "MCP" {
		return own.Send(c)
	}
	c.Method, c.Path = "POST", "/mcp"
	c.Body = fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, row.name, c.Body)
	c.Header = map[string]string{"Accept": "application/json, text/event-stream"}
	rec := httptest.NewRecorder()
	srv.tools.ServeHTTP(withDeadlines{rec}, c.Request(&own))
	return rec
}

// check sends a request with a cursor. It must be refused, unless the cursor was given to
// the workspace by a request of the same list, or is the end of the feed.
func (srv *cursorServer) check(t testing.TB, row cursorRoute, workspace, cursor string) {
	t.Helper()
	valid := row.list == "events" && cursor == assets.AfterNow || slices.Contains(srv.given[workspace][row.list], cursor)
	if cursor == "" || valid && row.streams {
		return
	}
	rec := srv.page(t, row, workspace, cursor)
	refused := rec.Code == http.StatusBadRequest || rec.Code == http.StatusUnprocessableEntity ||
		strings.Contains(rec.Body.String(), "invalid_cursor") || strings.Contains(rec.Body.String(), "validation_error")
	success := rec.Code/100 == 2 && !strings.Contains(rec.Body.String(), `"isError":true`)
	switch {
	case valid != success, success == refused, rec.Code >= 500:
		t.Errorf("%s in %s with the cursor %q: %d %s", row.name, workspace, cursor, rec.Code, rec.Body)
	case refused && strings.Contains(rec.Body.String(), `"items"`):
		t.Errorf("%s in %s refuses the cursor %q with items: %s", row.name, workspace, cursor, rec.Body)
	}
}

// TestForeignCursorsTEN05: a cursor is accepted by the list and in the workspace that it
// was given for, and by no other.
func TestForeignCursorsTEN05(t *testing.T) {
	t.Parallel()
	srv := newCursorServer(t)
	for workspace := range cursorKeys {
		for _, row := range cursorRoutes {
			for _, lists := range srv.given {
				for _, cursors := range lists {
					for _, cursor := range cursors {
						srv.check(t, row, workspace, cursor)
					}
				}
			}
		}
	}
}

// TestAlteredCursorsTEN05: a cursor that was cut off or changed in any character, or has
// another character at its end, is refused.
func TestAlteredCursorsTEN05(t *testing.T) {
	t.Parallel()
	srv := newCursorServer(t)
	for _, row := range cursorRoutes {
		cursor := srv.given["w1"][row.list][0]
		for i := range cursor {
			other := "A"
			if cursor[i] == 'A' {
				other = "B"
			}
			srv.check(t, row, "w1", cursor[:i])
			srv.check(t, row, "w1", cursor[:i]+other+cursor[i+1:])
		}
		for _, end := range []string{"A", "=", "\n", " ", "\x00", "\xff"} {
			srv.check(t, row, "w1", cursor+end)
		}
	}
}

// FuzzCursors expects that a cursor that was not given to the workspace by the same list
// is refused. Half of the numbers of routes are of the other workspace.
func FuzzCursors(f *testing.F) {
	srv := newCursorServer(f)
	for i, row := range cursorRoutes {
		for _, workspace := range []string{"w1", "w2"} {
			for _, cursor := range srv.given[workspace][row.list] {
				f.Add(uint8(2*i), cursor)                               //nolint:gosec // few routes
				f.Add(uint8(2*i+1), cursor)                             //nolint:gosec // few routes
				f.Add(uint8(2*((i+1)%len(cursorRoutes))), cursor)       //nolint:gosec // few routes
				f.Add(uint8(2*i), strings.ToLower(cursor[1:])+"\x00é=") //nolint:gosec // few routes
			}
		}
	}
	f.Fuzz(func(t *testing.T, route uint8, cursor string) {
		workspace := "w1"
		if route%2 == 1 {
			workspace = "w2"
		}
		srv.check(t, cursorRoutes[int(route/2)%len(cursorRoutes)], workspace, cursor)
	})
}

// TestCursorRoutesAreAllTEN05 fails for a new operation about events or webhooks that has
// a cursor.
func TestCursorRoutesAreAllTEN05(t *testing.T) {
	t.Parallel()
	document := string(resttest.Document(t, newTenants(t, backends.Memory().Database(t)).Lib))
	var all struct {
		Paths map[string]map[string]struct {
			OperationID string           `json:"operationId"`
			Parameters  []map[string]any `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(document), &all); err != nil {
		t.Fatal(err)
	}
	found := 0
	for path, methods := range all.Paths {
		if !strings.Contains(path, "/webhooks") && !strings.Contains(path, "/events") {
			continue
		}
		for _, op := range methods {
			takes := slices.ContainsFunc(op.Parameters, func(p map[string]any) bool { return p["name"] == "cursor" || p["name"] == "after" })
			if takes {
				found++
			}
			if takes && !slices.ContainsFunc(cursorRoutes, func(row cursorRoute) bool { return row.name == op.OperationID }) {
				t.Errorf("the cursor of %s is not tested", op.OperationID)
			}
		}
	}
	if found < 4 {
		t.Errorf("%d operations have a cursor", found)
	}
}
