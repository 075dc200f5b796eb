package httpx

import (
	"context"
	"net/http"
	"runtime"
	"testing"
)

// TestFirstStreamOfAServerThatShutsDown: it ends at once, though the server has called its
// functions already.
func TestFirstStreamOfAServerThatShutsDown(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{true, false} {
		var s shutdowns
		server := &http.Server{} //nolint:gosec // it serves nothing
		if down {
			if err := server.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ends := s.of((&http.Request{}).WithContext(context.WithValue(t.Context(), http.ServerContextKey, server)))
		select {
		case <-ends:
			if !down {
				t.Error("the stream of a server that serves has ended")
			}
		default:
			if down {
				t.Error("the stream did not end")
			}
		}
	}
}

// TestShutdowns: the channel of a server stays closed, and servers are forgotten.
func TestShutdowns(t *testing.T) {
	t.Parallel()
	var s shutdowns
	known := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.servers)
	}
	func() {
		server := &http.Server{} //nolint:gosec // it serves nothing
		r := (&http.Request{}).WithContext(context.WithValue(t.Context(), http.ServerContextKey, server))
		ends := s.of(r)
		if s.of(r) != ends || known() != 1 {
			t.Errorf("%d channels of one server", known())
		}
		for range 2 {
			if err := server.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-s.of(r)
		}
	}()
	for range 1000 {
		if known() == 0 {
			return
		}
		runtime.GC()
		runtime.Gosched()
	}
	t.Errorf("%d servers are kept", known())
}
