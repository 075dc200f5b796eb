package httpx

import (
	"net/http"
	"runtime"
	"sync"
	"weak"
)

// shutdowns has a channel for each server that serves streams, which is closed when the
// server shuts down: it would wait for the streams. A closed one stays, for streams that
// begin during the shutdown. A server that is not used any more is forgotten.
type shutdowns struct {
	mu      sync.Mutex
	servers map[weak.Pointer[http.Server]]chan struct{}
}

// of returns the channel of the server of a request, or nil if it is unknown.
func (s *shutdowns) of(r *http.Request) <-chan struct{} {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return nil
	}
	key := weak.Make(server)
	s.mu.Lock()
	defer s.mu.Unlock()
	ends, known := s.servers[key]
	if !known {
		ends = make(chan struct{})
		if s.servers == nil {
			s.servers = map[weak.Pointer[http.Server]]chan struct{}{}
		}
		s.servers[key] = ends
		server.RegisterOnShutdown(sync.OnceFunc(func() { close(ends) }))
		runtime.AddCleanup(server, s.forget, key)
	}
	return ends
}

func (s *shutdowns) forget(key weak.Pointer[http.Server]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servers, key)
}
