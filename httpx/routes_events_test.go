package httpx_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/resttest"
)

// approved creates an asset and approves it.
func approved(srv *resttest.Server) string {
	srv.TB.Helper()
	id := srv.CreateText("Spring", "is here")
	srv.Must(200, call{Method: "POST", Path: base + "/{id}/approval", As: "ann", Body: `{"action":"approve","version":1}`})
	return id
}

func TestEventsOverREST(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		id := approved(srv)
		page := srv.Must(200, call{Method: "GET", Path: base + "/events", As: "reader"})
		items, _ := page["items"].([]any)
		if len(items) != 2 {
			t.Fatalf("%d events", len(items))
		}
		for i, member := range []string{`"type":"asset.created"`, `"type":"asset.approved"`} {
			text, _ := json.Marshal(items[i])
			for _, want := range []string{member, `"company_id":"w1"`, `"asset_id":"` + id + `"`, `"in_force":{"after":`} {
				if !strings.Contains(string(text), want) {
					t.Errorf("event %d is %s, without %s", i, text, want)
				}
			}
		}
		after, _ := page["next_after"].(string)
		end := srv.Must(200, call{Method: "GET", Path: base + "/events?after=" + after, As: "reader"})
		if got, _ := end["items"].([]any); len(got) != 0 || end["next_after"] != after {
			t.Errorf("the end is %v", end)
		}
		for path, w := range map[string]want{
			"/events?in_force_changed=true&type=asset.approved&campaign_id=x": {Status: 200, Body: []string{`{"items":[],`}},
			"/events?after=" + after[1:]:                                      {Status: 400, Code: "invalid_cursor"},
			"/events/":                                                        {Status: 404, Code: "not_found"},
			"/events?type=asset.created&limit=-1":                             {Status: 422, Locs: []string{"query.limit"}},
		} {
			w.Check(t, srv, srv.Send(call{Method: "GET", Path: base + path, As: "reader"}))
		}
		want{Status: 400, Code: "invalid_cursor"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/events?after=" + after, As: "other"}))
		want{Status: 200, Body: []string{`{"items":[],`}}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/events", As: "other"}))
		approved(srv)
		if _, err := db.PruneEvents(t.Context(), 1<<50); err != nil {
			t.Fatal(err)
		}
		want{Status: 410, Code: "events_pruned"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/events?after=" + after, As: "reader"}))
		want{Status: 410, Code: "events_pruned"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/events/stream?after=" + after, As: "reader"}))
	})
}

// eventSource reads a stream of a real server.
type eventSource struct {
	t      *testing.T
	lines  *bufio.Scanner
	lastID string
}

// serve serves the routes over TCP.
func serve(t *testing.T, srv *resttest.Server) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(srv.Mux)
	t.Cleanup(server.Close)
	return server
}

func stream(t *testing.T, server *httptest.Server, query, lastID string) *eventSource {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+base+"/events/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer reader")
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return &eventSource{t: t, lines: lines}
}

// next returns the next event, as an EventSource would, or none at the end of the stream.
func (s *eventSource) next() (e assets.Event, ok bool) {
	s.t.Helper()
	data := ""
	for s.lines.Scan() {
		field, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch field {
		case "id":
			s.lastID = value
		case "data":
			data += value
		case "":
			if data == "" {
				continue
			}
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				s.t.Fatal(err)
			}
			return e, true
		}
	}
	return e, false
}

func (s *eventSource) types(n int) (types []assets.EventType) {
	s.t.Helper()
	for range n {
		e, ok := s.next()
		if !ok {
			s.t.Fatalf("the stream has ended after %v", types)
		}
		types = append(types, e.Type)
	}
	return types
}

var approvedTypes = []assets.EventType{assets.EventCreated, assets.EventApproved}

func TestStreamOfEvents(t *testing.T) {
	backends.EachDatabase(t, func(t *testing.T, db backends.Database) {
		srv := resttest.New(t, resttest.WithDatabase(db))
		server := serve(t, srv)
		approved(srv)
		s := stream(t, server, "", "")
		if got := s.types(2); !slices.Equal(got, approvedTypes) {
			t.Errorf("%v", got)
		}
		middle := stream(t, server, "?after=now", "")
		approved(srv)
		for _, s := range []*eventSource{s, middle} {
			if got := s.types(2); !slices.Equal(got, approvedTypes) {
				t.Errorf("%v", got)
			}
		}
		again := stream(t, server, "?after=now&type=asset.approved", s.lastID)
		approved(srv)
		if got := again.types(1); got[0] != assets.EventApproved {
			t.Errorf("resumed with %v", got)
		}
		next := stream(t, server, "?after=now", middle.lastID) // the header wins
		if got := next.types(2); !slices.Equal(got, approvedTypes) {
			t.Errorf("resumed with %v", got)
		}
	})
}

// TestStreamEndsWithItsCredential: a caller whose key was revoked gets no event any more.
func TestStreamEndsWithItsCredential(t *testing.T) {
	t.Parallel()
	var revoked atomic.Bool
	srv := resttest.New(t, func(_ *assets.Config, o *httpx.Options) {
		known := o.Authenticate
		o.Authenticate = func(r *http.Request) (assets.Actor, error) {
			if revoked.Load() && r.Header.Get("Authorization") == "Bearer reader" {
				return assets.Actor{}, assets.ErrUnauthorized
			}
			return known(r)
		}
	})
	s := stream(t, serve(t, srv), "?after=now", "")
	revoked.Store(true)
	approved(srv)
	if e, ok := s.next(); ok {
		t.Errorf("a revoked key got %+v", e)
	}
}

// TestSilentStreamEnds: without any event a stream ends within a minute after its key was
// revoked, and else after 15 minutes. The clock is that of the bubble.
func TestSilentStreamEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ revokedAfter, ends time.Duration }{
		"revoked at once":           {time.Second, time.Minute},
		"revoked behind a check":    {61 * time.Second, 2 * time.Minute},
		"with a key that is in use": {time.Hour, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				srv := resttest.New(t, func(_ *assets.Config, o *httpx.Options) {
					known := o.Authenticate
					o.Authenticate = func(r *http.Request) (assets.Actor, error) {
						time.Sleep(time.Millisecond) // no check takes no time
						if time.Since(start) >= c.revokedAfter {
							return assets.Actor{}, assets.ErrUnauthorized
						}
						return known(r)
					}
				})
				rec := srv.Send(call{Method: "GET", Path: base + "/events/stream", As: "reader"}) // until its end
				if took := time.Since(start); rec.Code != http.StatusOK || took.Round(time.Second) != c.ends {
					t.Errorf("%d, after %v; want %v", rec.Code, took, c.ends)
				}
				if pings := strings.Count(rec.Body.String(), ": ping\n\n"); pings < int(c.ends/(15*time.Second))-1 {
					t.Errorf("%d pings in %v", pings, c.ends)
				}
			})
		})
	}
}

// TestStreamsEndWithTheirServer: a shutdown does not wait for streams.
func TestStreamsEndWithTheirServer(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	server := serve(t, srv)
	var all []*eventSource
	for range 10 {
		all = append(all, stream(t, server, "", ""))
	}
	approved(srv)
	for _, s := range all {
		s.types(2)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	for i, s := range all {
		if e, ok := s.next(); ok {
			t.Errorf("stream %d after the shutdown: %+v", i, e)
		}
	}
	r := call{Method: "GET", Path: base + "/events/stream", As: "reader"}.Request(srv)
	during, stop := context.WithTimeout(context.WithValue(t.Context(), http.ServerContextKey, server.Config), time.Minute)
	defer stop()
	srv.Mux.ServeHTTP(httptest.NewRecorder(), r.WithContext(during))
	if during.Err() != nil {
		t.Error("a stream that began during the shutdown did not end")
	}
}

// cannotFlush is a ResponseWriter of a middleware that hides everything.
type cannotFlush struct{ http.ResponseWriter }

func TestStreamNeedsAWriterThatFlushes(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	for range 2 {
		rec := httptest.NewRecorder()
		srv.Mux.ServeHTTP(cannotFlush{rec}, call{Method: "GET", Path: base + "/events/stream", As: "reader"}.Request(srv))
		want{Status: 500, Code: "internal_error"}.Check(t, srv, rec)
	}
	if n := strings.Count(srv.Log.String(), "cannot flush"); n != 1 {
		t.Errorf("logged %d times, want once: %s", n, srv.Log)
	}
	want{Status: 200, Header: map[string]string{"Content-Type": "text/event-stream"}}.
		Check(t, srv, srv.Send(call{Method: "HEAD", Path: base + "/events/stream", As: "reader"}))
}

func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	reader, err := resttest.KnownActors().Authenticate(t.Context(), "reader")
	if err != nil {
		t.Fatal(err)
	}
	for {
		s, err := srv.Lib.StreamEvents(t.Context(), reader, assets.EventQuery{})
		if errors.Is(err, assets.ErrUnavailable) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
	}
	want{Status: 503, Code: "unavailable"}.Check(t, srv, srv.Send(call{Method: "GET", Path: base + "/events/stream", As: "reader"}))
}
