package rest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
)

// TestStreamArrivesAtOnce: each piece arrives before the next one is written.
func TestStreamArrivesAtOnce(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	op := rest.Operation{Name: "stream", Method: http.MethodGet, Path: "/stream", Stream: true}
	route := rest.Raw(op, func(w http.ResponseWriter, _ *http.Request, _ assets.Actor, _ *struct{}) error {
		s, err := rest.StartStream(w, "text/event-stream", time.Minute)
		if err != nil {
			return err
		}
		<-read
		for _, piece := range []string{"one", "two"} {
			if err := s.Send([]byte(piece)); err != nil {
				return err
			}
			<-read
		}
		return nil
	})
	server := httptest.NewServer(rest.New(rest.Config{IdleTimeout: time.Minute}, route))
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(r) // returns when the header has arrived
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if h := resp.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("X-Accel-Buffering") != "no" || h.Get("Content-Length") != "" {
		t.Errorf("the header is %v", h)
	}
	for _, piece := range []string{"one", "two"} {
		read <- struct{}{}
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != piece {
			t.Errorf("%q, %v; want %q", got, err, piece)
		}
	}
	read <- struct{}{}
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) != 0 {
		t.Errorf("at the end: %q, %v", rest, err)
	}
}
