package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/10ex/assets"
)

// windowBytes is how much a client must send or receive in each window of the
// idle timeout.
const windowBytes = 64 << 10

// minRate measures the time that the server waits for the client. Time spent on
// anything else does not count.
type minRate struct {
	window time.Duration
	left   time.Duration // of the current window
	moved  int           // bytes in the current window
}

func newMinRate(window time.Duration) minRate { return minRate{window: window, left: window} }

func (m *minRate) deadline() time.Time { return time.Now().Add(m.left) }

// add counts n bytes that took d.
func (m *minRate) add(d time.Duration, n int) {
	m.left -= d
	if m.moved += n; m.moved >= windowBytes {
		m.moved, m.left = 0, m.window
	}
}

// requestBody reads the body of a request and enforces the minimum rate. Its
// read errors wrap ErrBadRequest or ErrTooLarge, because the client causes them, or
// ErrUnavailable if others need the memory.
type requestBody struct {
	io.ReadCloser
	control *http.ResponseController
	rate    minRate
	receive func(ctx context.Context, bytes int64, cut func()) (received func(), err error)
	err     error // of the last Read that failed
	ended   bool  // nothing is left to read

	received func() // gives back what reserve has reserved; or nil

	mu      sync.Mutex
	reading bool // a Read waits for the client
	whole   bool // no cut any more
	isCut   bool
}

// reserve reserves memory for the body of a request until release, or until the
// response is complete.
func reserve(r *http.Request, bytes int64) (err error) {
	if b, ok := r.Body.(*requestBody); ok && b.receive != nil {
		b.received, err = b.receive(r.Context(), bytes, b.cut)
	}
	return err
}

// release gives back what reserve has reserved. The body is not cut afterwards.
func release(r *http.Request) {
	if b, ok := r.Body.(*requestBody); ok {
		b.end()
	}
}

// cut ends the receiving, because others wait for the memory.
func (b *requestBody) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.whole {
		return
	}
	b.isCut = true
	if b.reading {
		_ = b.control.SetReadDeadline(longAgo)
	}
}

func (b *requestBody) end() {
	if b.received == nil {
		return
	}
	b.mu.Lock()
	b.whole = true
	b.mu.Unlock()
	b.received()
	b.received = nil
}

// setReading sets the deadline of a Read, or takes it back. It reports whether the body
// may be read on.
func (b *requestBody) setReading(reading bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = reading
	switch {
	case !reading:
		_ = b.control.SetReadDeadline(time.Time{}) // between reads the client does not delay us
	case !b.isCut:
		_ = b.control.SetReadDeadline(b.rate.deadline()) // not every ResponseWriter has deadlines
	}
	return !b.isCut
}

func (b *requestBody) Read(p []byte) (int, error) {
	if !b.setReading(true) {
		b.err = errSlowBody
		return 0, b.err
	}
	start := time.Now()
	n, err := b.ReadCloser.Read(p)
	b.rate.add(time.Since(start), n)
	mayGoOn := b.setReading(false)
	if err == nil || err == io.EOF {
		b.ended = err == io.EOF
		return n, err
	}
	if !mayGoOn {
		b.err = errSlowBody
		return n, b.err
	}
	b.err = assets.Errorf(assets.ErrBadRequest, "the request body is incomplete")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.err = assets.Errorf(assets.ErrBadRequest, "the request body arrived too slowly")
	} else if limit, ok := errors.AsType[*http.MaxBytesError](err); ok { // of a host's http.MaxBytesHandler
		b.err = assets.Errorf(assets.ErrTooLarge, "the body is larger than the %d bytes that this server accepts", limit.Limit)
	}
	return n, b.err
}

// setDiscarding sets the deadline until which net/http may discard what is left of the body
// before it sends the response, at once if reading it failed, or takes it back.
func (b *requestBody) setDiscarding(discarding bool) {
	switch {
	case !discarding:
		_ = b.control.SetReadDeadline(time.Time{})
	case b.err != nil:
		_ = b.control.SetReadDeadline(time.Now())
	default:
		_ = b.control.SetReadDeadline(time.Now().Add(b.rate.window))
	}
}

var errSlowBody = assets.Errorf(assets.ErrUnavailable, "the body arrives slowly while others wait for its memory; try again")

// rootCause returns the read error of the body if it caused err. When a body
// breaks off, net/http also cancels the context of the request, and an operation
// that notices the context first returns ErrUnavailable.
func (b *requestBody) rootCause(ctx context.Context, err error) error {
	if b.err != nil && ctx.Err() != nil && assets.Code(err) == assets.Code(assets.ErrUnavailable) {
		return b.err
	}
	return err
}

// responseWriter enforces the minimum rate and records the status.
type responseWriter struct {
	http.ResponseWriter
	in      *requestBody
	control *http.ResponseController
	rate    minRate
	each    time.Duration // if positive, what one write of a stream may take, instead of the rate
	status  int           // 0 until the response has begun
	sent    int64         // bytes of the body
	aborted bool
	isCut   atomic.Bool
}

// newExchange returns what reads a body of a request, which has ended already if there is
// none, and what writes the response.
func newExchange(w http.ResponseWriter, body io.ReadCloser, idleTimeout time.Duration) (*requestBody, *responseWriter) {
	control := http.NewResponseController(w)
	in := &requestBody{ReadCloser: body, control: control, rate: newMinRate(idleTimeout), ended: body == nil || body == http.NoBody}
	return in, &responseWriter{ResponseWriter: w, in: in, control: control, rate: newMinRate(idleTimeout)}
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	written := 0
	for {
		chunk := p[written:min(len(p), written+windowBytes)]
		if !w.in.ended && w.sent <= headerAfter {
			n, err := w.begin(chunk)
			if written += n; err != nil || written == len(p) {
				return written, err
			}
			continue
		}
		_ = w.control.SetWriteDeadline(w.deadline())
		if w.isCut.Load() { // perhaps before the deadline was set
			_ = w.control.SetWriteDeadline(longAgo)
		}
		start := time.Now()
		n, err := w.ResponseWriter.Write(chunk)
		w.rate.add(time.Since(start), n)
		written += n
		w.sent += int64(n)
		if err != nil || written == len(p) {
			return written, err
		}
	}
}

// begin is a Write of a response whose header is perhaps not sent yet. Before it sends that,
// net/http discards what is left of the body of the request.
func (w *responseWriter) begin(p []byte) (int, error) {
	w.in.setDiscarding(true)
	defer w.in.setDiscarding(false)
	_ = w.control.SetWriteDeadline(time.Now().Add(2 * w.rate.window))
	if w.isCut.Load() {
		_ = w.control.SetWriteDeadline(longAgo)
	}
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// deadline returns when the next write must be done.
func (w *responseWriter) deadline() time.Time {
	if w.each > 0 {
		return time.Now().Add(w.each)
	}
	return w.rate.deadline()
}

// cut makes every write fail, also one that waits for the client now. Others may call
// it during a write.
func (w *responseWriter) cut() {
	w.isCut.Store(true)
	_ = w.control.SetWriteDeadline(longAgo)
}

// headerAfter is how much of a response net/http holds, in bytes, before it sends the header.
const headerAfter = 2 << 10

// finish sets the last deadlines of a request: net/http has one window to
// discard the rest of the body, none if reading it failed, and then one more to
// flush the response. The server resets both deadlines before the next request.
func (w *responseWriter) finish() {
	if w.aborted || w.isCut.Load() {
		return
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(2 * w.rate.window))
	w.in.setDiscarding(true)
}
