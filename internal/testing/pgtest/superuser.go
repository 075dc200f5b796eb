package pgtest

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// connections are idle connections of the superuser to the database postgres. Making one
// takes longer than what it is used for.
type connections struct {
	mu   sync.Mutex
	idle []*pgx.Conn
}

// Exec runs a statement as the superuser, connected to the database postgres. It
// also writes where default_transaction_read_only is on.
func (s *Server) Exec(t testing.TB, query string) {
	t.Helper()
	ctx := t.Context()
	if ctx.Err() != nil { // in a cleanup
		var cancel func()
		ctx, cancel = detached()
		defer cancel()
	}
	conn, err := s.connect(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	defer s.release(conn)
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Errorf("%s: %v", query, err)
	}
}

// connect returns an idle connection that still works, or else a new one.
func (s *Server) connect(ctx context.Context) (*pgx.Conn, error) {
	for {
		conn := s.superuser.take()
		if conn == nil {
			return pgx.Connect(ctx, s.URL("postgres")+"&default_transaction_read_only=off")
		}
		if conn.Ping(ctx) == nil {
			return conn, nil
		}
		_ = conn.Close(ctx)
	}
}

// release keeps a connection for the next statement.
func (s *Server) release(conn *pgx.Conn) {
	if conn.IsClosed() {
		return
	}
	s.superuser.mu.Lock()
	defer s.superuser.mu.Unlock()
	s.superuser.idle = append(s.superuser.idle, conn)
}

// take removes and returns an idle connection, or nil if there is none.
func (c *connections) take() *pgx.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	conn := c.idle[n-1]
	c.idle = c.idle[:n-1]
	return conn
}
