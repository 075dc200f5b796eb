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

// Stdio serves one client over a pair of streams, such as the standard ones of
// the process, a message to the line, until in or ctx ends. What came before in
// ended is answered still. Nothing else may be written to out. A line of more
// bytes than a request over HTTP may have ends it with an error.
func Stdio(ctx context.Context, lib *assets.Library, opts Options, in io.ReadCloser, out io.Writer) error {
	lines := &mcp.IOTransport{Reader: in, Writer: open{out}, MaxLineLength: maxBody}
	err := Server(lib, opts).Run(ctx, patient{lines, lib.Limits().WriteTimeout})
	if errors.Is(err, context.Canceled) {
		err = nil // it ended as it was told
	}
	return err
}

// open is a writer that is not for the protocol to close.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// patient is a transport whose end waits for the answers to what came before
// it, and no longer than a call may take: at the end the protocol's library
// cancels what it has not answered, and a script that pipes its calls in would
// learn nothing of them.
type patient struct {
	mcp.Transport
	most time.Duration
}

func (p patient) Connect(ctx context.Context) (mcp.Connection, error) {
	c, err := p.Transport.Connect(ctx)
	return &unanswered{
		Connection: c, most: p.most, calls: map[jsonrpc.ID]bool{}, none: make(chan struct{}, 1), closed: make(chan struct{}),
	}, err
}

// unanswered is a connection that knows which calls have no answer yet.
type unanswered struct {
	mcp.Connection
	most time.Duration

	mu     sync.Mutex
	calls  map[jsonrpc.ID]bool
	none   chan struct{} // gets one when the last is answered
	once   sync.Once
	closed chan struct{}
}

func (u *unanswered) Read(ctx context.Context) (jsonrpc.Message, error) {
	msg, err := u.Connection.Read(ctx)
	if call, ok := msg.(*jsonrpc.Request); ok && err == nil && call.IsCall() {
		u.mu.Lock()
		u.calls[call.ID] = true
		u.mu.Unlock()
	}
	if errors.Is(err, io.EOF) {
		u.wait(ctx)
	}
	return msg, err
}

func (u *unanswered) Write(ctx context.Context, msg jsonrpc.Message) error {
	err := u.Connection.Write(ctx, msg)
	if answer, ok := msg.(*jsonrpc.Response); ok {
		u.mu.Lock()
		defer u.mu.Unlock()
		if delete(u.calls, answer.ID); len(u.calls) == 0 {
			select {
			case u.none <- struct{}{}:
			default: // it has one
			}
		}
	}
	return err
}

func (u *unanswered) Close() error {
	u.once.Do(func() { close(u.closed) })
	return u.Connection.Close()
}

// wait returns when every call is answered, or nobody waits any more.
func (u *unanswered) wait(ctx context.Context) {
	late := time.NewTimer(u.most)
	defer late.Stop()
	for u.waiting() {
		select {
		case <-u.none:
		case <-u.closed:
			return
		case <-ctx.Done():
			return
		case <-late.C:
			return
		}
	}
}

func (u *unanswered) waiting() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.calls) > 0
}
