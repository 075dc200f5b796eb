package httpx_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
)

// TestRequestIDs: every response has the id of its request, or one of its own.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	srv := newFile(t)
	calls := []call{
		{Method: "GET", Path: base, As: "ann"},
		{Method: "GET", Path: base},
		{Method: "GET", Path: base + "/unknown/path"},
		{Method: "PUT", Path: base, As: "ann"},
		{Method: "POST", Path: base, As: "ann", Body: "{"},
		{Method: "GET", Path: "{content}", As: "ann"},
		{Method: "GET", Path: "{content}", As: "ann", Header: map[string]string{"If-None-Match": "{tag}"}},
		{Method: "GET", Path: "{content}", As: "ann", Header: map[string]string{"Range": "bytes=0-3,5-7"}},
		{Method: "GET", Path: "{content}", As: "ann", Header: map[string]string{"Range": "bytes=99-"}},
		{Method: "GET", Path: "/api/v1/public/assets/preview/forged"},
		{Method: "DELETE", Path: base + "/{id}", As: "ann"},
	}
	for _, c := range calls {
		for id, kept := range map[string]bool{"0af7651916cd43dd8448eb211c80319c": true, "": false, "two words": false, strings.Repeat("x", 129): false} {
			r := c.Request(srv)
			r.Header.Set("X-Request-Id", id)
			rec := httptest.NewRecorder()
			srv.Mux.ServeHTTP(rec, r)
			got := rec.Header().Values("X-Request-Id")
			if len(got) != 1 || len(got[0]) < 20 || (got[0] == id) != kept {
				t.Errorf("%s %s with the id %q: status %d, ids %q", c.Method, c.Path, id, rec.Code, got)
			}
		}
	}
}

// TestRequestIDOfTheHost: the id that a middleware has given the response is kept.
func TestRequestIDOfTheHost(t *testing.T) {
	t.Parallel()
	srv := newFile(t)
	r := call{Method: "GET", Path: base, As: "ann"}.Request(srv)
	r.Header.Set("X-Request-Id", "of-the-client")
	rec := httptest.NewRecorder()
	rec.Header().Set("X-Request-Id", "of-the-host")
	srv.Mux.ServeHTTP(rec, r)
	if got := rec.Header().Values("X-Request-Id"); len(got) != 1 || got[0] != "of-the-host" {
		t.Errorf("ids %q", got)
	}
}

// TestErrorLinesNameTheRequest: a line of the log about a failure has the id of the
// request, the workspace and the asset.
func TestErrorLinesNameTheRequest(t *testing.T) {
	t.Parallel()
	srv := newFile(t)
	srv.Blobs.SetFault(resttest.FailOpen(errors.New("no route to host")))
	rec := srv.Send(call{Method: "GET", Path: "{content}", As: "ann"})
	var line map[string]any
	if err := json.Unmarshal(srv.Log.Bytes(), &line); err != nil || rec.Code != 503 {
		t.Fatalf("%d %v %s", rec.Code, err, srv.Log)
	}
	for name, want := range map[string]any{"request_id": "resttest", "workspace": "w1", "asset": srv.Vars["id"], "operation": "get_asset_content", "code": "unavailable"} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
}

// told is what an observer was told.
type told struct {
	assets.Op
	assets.Outcome
}

// observe returns an option with an observer, and what it has been told so far, in the
// order in which operations began.
func observe() (option, func() []told) {
	var mu sync.Mutex
	var all []*told
	observer := func(ctx context.Context, op assets.Op) (context.Context, func(assets.Outcome)) {
		mu.Lock()
		defer mu.Unlock()
		t := &told{Op: op}
		all = append(all, t)
		return ctx, func(out assets.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			t.Outcome = out
		}
	}
	take := func() (found []told) {
		mu.Lock()
		defer mu.Unlock()
		for _, t := range all {
			found = append(found, *t)
		}
		all = nil
		return found
	}
	return func(c *assets.Config, _ *httpx.Options) { c.Observe = observer }, take
}

// TestRequestsAreObserved: with what the methods of the Library within them measured.
func TestRequestsAreObserved(t *testing.T) {
	t.Parallel()
	option, take := observe()
	srv := newFile(t, option)
	take()
	rec := srv.Send(call{Method: "GET", Path: base, As: "ann"})
	all := take()
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	request, list := all[0], all[1]
	if request.Name != "list_assets" || request.Kind != assets.OpHTTP || request.Door != "rest" || request.Status != 200 ||
		request.Bytes != int64(rec.Body.Len()) || request.Workspace != "w1" || request.Code != "" {
		t.Errorf("%+v", request)
	}
	if list.Name != "List" || list.Kind != assets.OpMethod || list.Door != "rest" {
		t.Errorf("%+v", list)
	}

	srv.Send(call{Method: "POST", Path: base + "/{id}/approval", As: "ann", Body: `{"action":"submit"}`})
	if r := take()[0]; r.Name != "review_asset" || r.Attempts != 1 || r.AssetID != assets.ID(srv.Vars["id"]) {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		call
		name, code string
		status     int
	}{
		{call{Method: "GET", Path: base}, "list_assets", "unauthorized", 401},
		{call{Method: "GET", Path: base + "/unknown/path", As: "ann"}, "unknown", "not_found", 404},
		{call{Method: "PUT", Path: base, As: "ann"}, "unknown", "method_not_allowed", 405},
		{call{Method: "GET", Path: base + "?limit=0", As: "ann"}, "list_assets", "validation_error", 422},
		{call{Method: "GET", Path: base, As: "down"}, "list_assets", "unavailable", 503},
	} {
		srv.Send(c.call)
		if r := take()[0]; r.Name != c.name || r.Code != c.code || r.Status != c.status || r.Err == nil {
			t.Errorf("%s %s: %+v", c.Method, c.Path, r)
		}
	}
}

// TestPanicsOfRequestsAreObserved: as failures; a client that leaves is none.
func TestPanicsOfRequestsAreObserved(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]any{"internal_error": "a host", assets.CodeCanceled: http.ErrAbortHandler} {
		option, take := observe()
		srv := resttest.New(t, option, func(_ *assets.Config, o *httpx.Options) {
			o.Authenticate = func(*http.Request) (assets.Actor, error) { panic(p) }
		})
		func() {
			defer func() { _ = recover() }()
			srv.Send(call{Method: "GET", Path: base, As: "ann"})
		}()
		if r := take()[0]; r.Code != want {
			t.Errorf("%v: %+v", p, r)
		}
	}
}

// BenchmarkListObserved compares a list request without an observer and with one. The
// difference is to be at most 2 %.
func BenchmarkListObserved(b *testing.B) {
	for name, observer := range map[string]assets.Observer{
		"nobody": nil,
		"counted": func(ctx context.Context, _ assets.Op) (context.Context, func(assets.Outcome)) {
			return ctx, func(assets.Outcome) {}
		},
	} {
		b.Run(name, func(b *testing.B) {
			srv := newDraft(b, func(c *assets.Config, _ *httpx.Options) { c.Observe = observer })
			for range 49 {
				srv.CreateText("Launch", "hello")
			}
			r := call{Method: "GET", Path: base, As: "ann"}.Request(srv)
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				srv.Mux.ServeHTTP(rec, r)
				if n, err := io.Copy(io.Discard, rec.Body); rec.Code != 200 || n == 0 || err != nil {
					b.Fatal(rec.Code, err)
				}
			}
		})
	}
}
