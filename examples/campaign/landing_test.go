package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// TestLandingResumes: landing begins with the state, resumes behind the last event that
// it has handled, and begins again when events were pruned.
func TestLandingResumes(t *testing.T) {
	t.Parallel()
	var calls []string
	version := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) {
		calls = append(calls, "place")
		_, _ = io.WriteString(w, `{"items":[],"next_after":"now"}`)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		calls = append(calls, "state")
		version++
		fmt.Fprintf(w, `{"items":[{"id":"a","version":%d}]}`, version)
	})
	mux.HandleFunc("GET /a/versions/{version}/content", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.PathValue("version"))
	})
	mux.HandleFunc("GET /events/stream", func(w http.ResponseWriter, r *http.Request) {
		after := r.Header.Get("Last-Event-ID")
		calls = append(calls, after)
		switch after {
		case "now":
			_, _ = io.WriteString(w, "id: one\n\n: ping\n\nid: two\ndata: "+eventBody+"\n\nid: three\ndata: {\"id\"")
		default:
			w.WriteHeader(http.StatusGone)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	l := newLanding(server.URL, "token", slog.New(slog.DiscardHandler))
	for i, want := range []error{nil, errPruned, nil} {
		if err := l.follow(t.Context()); !errors.Is(err, want) {
			t.Errorf("stream %d: %v, want %v", i, err, want)
		}
	}
	want := []string{"place", "state", "now", "state", "two", "place", "state", "now", "state"}
	if !slices.Equal(calls, want) {
		t.Errorf("the calls are %q, want %q", calls, want)
	}
	if h := l.shown(); h.version != 4 || string(h.bytes) != "4" || l.cursor != "two" {
		t.Errorf("the hero is %+v, the cursor %q", h, l.cursor)
	}
}

func TestPageWithoutHero(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newLanding("", "", slog.New(slog.DiscardHandler)).image(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hero", http.NoBody))
	if w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}
