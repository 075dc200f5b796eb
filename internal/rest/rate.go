package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/10ex/assets"
)

// stallBytes have to move in each window of time that a client takes.
const stallBytes = 64 << 10

// pace measures how long a client, and nobody else, lets us wait.
type pace struct {
	window time.Duration
	left   time.Duration
	moved  int
}

func newPace(window time.Duration) pace { return pace{window: window, left: window} }

func (p *pace) deadline() time.Time { return time.Now().Add(p.left) }

func (p *pace) took(d time.Duration, n int) {
	p.left -= d
	if p.moved += n; p.moved >= stallBytes {
		p.moved, p.left = 0, p.window
	}
}

// body reads a request's body at no less than the pace. Whatever goes wrong
// with it is the client's: the error wraps ErrBadRequest.
type body struct {
	io.ReadCloser
	control *http.ResponseController
	pace    pace
	err     error // how it failed, if it did
}

func (b *body) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(b.pace.deadline()) // not every ResponseWriter has deadlines
	start := time.Now()
	n, err := b.ReadCloser.Read(p)
	b.pace.took(time.Since(start), n)
	_ = b.control.SetReadDeadline(time.Time{}) // what follows is not the client's time
	if err == nil || err == io.EOF {
		return n, err
	}
	b.err = assets.Errorf(assets.ErrBadRequest, "the body did not arrive whole")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.err = assets.Errorf(assets.ErrBadRequest, "the body arrived too slowly")
	}
	return n, b.err
}

// blame answers why serving a request failed. Where a body breaks off, net/http
// ends the request's context too, and what looks at that first knows no better
// than that something is away.
func (b *body) blame(ctx context.Context, err error) error {
	if b.err != nil && ctx.Err() != nil && assets.Code(err) == assets.Code(assets.ErrUnavailable) {
		return b.err
	}
	return err
}

// response writes at no less than the pace and remembers the status.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	pace    pace
	status  int // 0: nothing was written
}

func newResponse(w http.ResponseWriter, stall time.Duration) *response {
	return &response{ResponseWriter: w, control: http.NewResponseController(w), pace: newPace(stall)}
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	written := 0
	for {
		chunk := p[written:min(len(p), written+stallBytes)]
		_ = w.control.SetWriteDeadline(w.pace.deadline())
		start := time.Now()
		n, err := w.ResponseWriter.Write(chunk)
		w.pace.took(time.Since(start), n)
		written += n
		if err != nil || written == len(p) {
			return written, err
		}
	}
}

// finish leaves one more window each for what net/http still reads of a body
// that nobody wanted, unless that has failed already, and then for what it has
// to flush. The server itself resets both deadlines before the next request.
func (w *response) finish(b *body) {
	now := time.Now()
	_ = w.control.SetWriteDeadline(now.Add(2 * w.pace.window))
	if b.err != nil {
		_ = w.control.SetReadDeadline(now)
		return
	}
	_ = w.control.SetReadDeadline(now.Add(w.pace.window))
}
