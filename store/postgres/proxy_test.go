package postgres_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy forwards the connections of a store to its server, and can cut the one that
// sends the next COMMIT.
type proxy struct {
	listener net.Listener
	server   string // its socket
	cut      atomic.Int32
	conns    sync.WaitGroup
}

// When a connection is cut.
const (
	never        = iota
	beforeCommit // the server does not receive it
	afterCommit  // the response is lost
)

// newProxy returns a proxy for the server of a URL, and the URL of the proxy.
func newProxy(t *testing.T, server string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	p := &proxy{server: query.Get("host") + "/.s.PGSQL.5432"}
	if p.listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.listener.Close()
		p.conns.Wait()
	})
	p.conns.Go(func() { p.accept() })
	query.Del("host")
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = p.listener.Addr().String(), query.Encode()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.conns.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "unix", p.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	mute := make(chan struct{}) // closed to stop forwarding responses
	var back sync.WaitGroup
	back.Go(func() {
		defer func() { _ = client.Close() }()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			select {
			case <-mute:
				return // the server has responded, so it has committed
			default:
			}
			if err != nil {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	p.forward(client, server, mute)
	back.Wait()
}

// forward forwards what the client sends.
func (p *proxy) forward(client io.Reader, server net.Conn, mute chan struct{}) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			_ = server.Close()
			return
		}
		if bytes.Equal(buffer[:min(n, 11)], []byte("Q\x00\x00\x00\x0bcommit")) {
			switch p.cut.Swap(never) {
			case beforeCommit:
				_ = server.Close()
				return
			case afterCommit:
				close(mute)
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
