package httpx

import (
	"errors"
	"net"
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
		end := sync.OnceFunc(func() { close(ends) })
		server.RegisterOnShutdown(end)
		if shuttingDown(server) { // it has called what was registered before
			end()
		}
		runtime.AddCleanup(server, s.forget, key)
	}
	return ends
}

// shuttingDown reports whether a server has begun to shut down. A server tells that to who
// wants to serve, and to nobody else. Otherwise this serves no connection.
func shuttingDown(server *http.Server) bool {
	return errors.Is(server.Serve(noConnections{}), http.ErrServerClosed)
}

// noConnections is a listener that is closed.
type noConnections struct{}

func (noConnections) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (noConnections) Close() error              { return nil }
func (noConnections) Addr() net.Addr            { return &net.TCPAddr{} }

func (s *shutdowns) forget(key weak.Pointer[http.Server]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.servers, key)
}
