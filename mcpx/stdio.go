package mcpx

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/10ex/assets"
)

// Stdio serves one client over a pair of streams, such as standard input and
// output, with one message per line. It returns when in or ctx ends. Calls read
// before the end of in are answered first, within the Library's WriteTimeout.
// Nothing else may write to out, which is not closed. It returns an error if a
// line is longer than a request over HTTP may be.
func Stdio(ctx context.Context, lib *assets.Library, opts Options, in io.ReadCloser, out io.Writer) error {
	lines := &mcp.IOTransport{Reader: in, Writer: nopCloser{out}, MaxLineLength: maxBody}
	err := Server(lib, opts).Run(ctx, patient{lines, lib.Limits().WriteTimeout})
	if errors.Is(err, context.Canceled) {
		err = nil // ctx ended, as the caller wanted
	}
	return err
}

// nopCloser is a writer whose Close does nothing.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// patient delays EOF until pending calls have been answered; otherwise the SDK
// cancels them when stdin closes. It waits no longer than maxWait.
type patient struct {
	mcp.Transport
	maxWait time.Duration
}

func (p patient) Connect(ctx context.Context) (mcp.Connection, error) {
	c, err := p.Transport.Connect(ctx)
	return &pendingCalls{
		Connection: c, maxWait: p.maxWait, ids: map[jsonrpc.ID]bool{}, answered: make(chan struct{}, 1), closed: make(chan struct{}),
	}, err
}

// pendingCalls is a connection that tracks which calls have no response yet.
type pendingCalls struct {
	mcp.Connection
	maxWait time.Duration

	mu       sync.Mutex
	ids      map[jsonrpc.ID]bool
	answered chan struct{} // receives a value when the last pending call is answered
	once     sync.Once
	closed   chan struct{}
}

func (p *pendingCalls) Read(ctx context.Context) (jsonrpc.Message, error) {
	msg, err := p.Connection.Read(ctx)
	if call, ok := msg.(*jsonrpc.Request); ok && err == nil && call.IsCall() {
		p.mu.Lock()
		p.ids[call.ID] = true
		p.mu.Unlock()
	}
	if errors.Is(err, io.EOF) {
		p.wait(ctx)
	}
	return msg, err
}

func (p *pendingCalls) Write(ctx context.Context, msg jsonrpc.Message) error {
	err := p.Connection.Write(ctx, msg)
	if response, ok := msg.(*jsonrpc.Response); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		if delete(p.ids, response.ID); len(p.ids) == 0 {
			select {
			case p.answered <- struct{}{}:
			default: // it has a value already
			}
		}
	}
	return err
}

func (p *pendingCalls) Close() error {
	p.once.Do(func() { close(p.closed) })
	return p.Connection.Close()
}

// wait returns when every call is answered, the connection is closed, ctx has
// ended or maxWait has passed.
func (p *pendingCalls) wait(ctx context.Context) {
	timeout := time.NewTimer(p.maxWait)
	defer timeout.Stop()
	for p.hasPending() {
		select {
		case <-p.answered:
		case <-p.closed:
			return
		case <-ctx.Done():
			return
		case <-timeout.C:
			return
		}
	}
}

// hasPending reports whether a call is pending.
func (p *pendingCalls) hasPending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ids) > 0
}
