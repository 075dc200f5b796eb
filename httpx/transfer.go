package httpx

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/readahead"
	"github.com/10ex/assets/internal/wire"
)

// transfer is the ResponseWriter that http.ServeContent writes to. It sends
// nothing, headers included, until the first byte of the content was read, so
// that missing or damaged content can still become an error response.
type transfer struct {
	w          http.ResponseWriter
	header     http.Header // of the content; copied to w when it is sent
	src        *source
	buffers    *readahead.Buffers
	status     int
	partHeader []byte // of the first part of several ranges, written before the first read
	sent       bool
}

func (t *transfer) Header() http.Header { return t.header }

func (t *transfer) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
}

func (t *transfer) Write(p []byte) (int, error) {
	t.WriteHeader(http.StatusOK)
	if t.status >= http.StatusBadRequest {
		return len(p), nil // drop net/http's text: error responses are JSON
	}
	if !t.src.started.Load() {
		t.partHeader = append(t.partHeader, p...)
		return len(p), nil
	}
	if err := t.commit(); err != nil {
		return 0, err
	}
	return t.w.Write(p)
}

// ReadFrom reads ahead while it writes. http.ServeContent uses it.
func (t *transfer) ReadFrom(r io.Reader) (int64, error) { return readahead.Copy(t, r, t.buffers) }

// commit sends the headers, once.
func (t *transfer) commit() error {
	if t.sent {
		return nil
	}
	t.sent = true
	if t.status != http.StatusOK {
		t.header.Del("Content-Digest") // the message is not the complete content
	}
	maps.Copy(t.w.Header(), t.header)
	t.w.WriteHeader(t.status)
	if len(t.partHeader) == 0 {
		return nil
	}
	_, err := t.w.Write(t.partHeader)
	return err
}

// end completes the response after http.ServeContent. A returned error becomes
// an error response if nothing was sent yet; otherwise the connection is
// aborted.
func (t *transfer) end(r *http.Request, size int64) error {
	if size == 0 && r.Method == http.MethodGet && t.status == http.StatusOK {
		t.src.probe()
	}
	switch err := t.src.failure(); {
	case err != nil:
		return err
	case t.status == http.StatusRequestedRangeNotSatisfiable:
		t.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size)) // net/http omits it in some cases
		return wire.ErrRangeNotSatisfiable
	case t.status == http.StatusPreconditionFailed:
		return assets.Errorf(assets.ErrPreconditionFailed, "the content has another digest")
	}
	return t.commit()
}

// source reads a file and keeps the first error. For several ranges
// http.ServeContent reads in a goroutine of its own. That goroutine may outlive
// ServeContent if the client disconnects, and a panic in it would end the
// process, so Read recovers panics and failure repeats them.
type source struct {
	started atomic.Bool // a byte was read; atomic because transfer loads it while Read holds mu

	mu       sync.Mutex
	file     file
	err      error
	panicked string // the value of a panic and its stack
}

var errPanicked = errors.New("reading panicked")

func (s *source) Read(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	defer func() {
		if v := recover(); v != nil {
			s.panicked, s.err = fmt.Sprintf("%v\n%s", v, debug.Stack()), errPanicked
			n, err = 0, s.err
		}
	}()
	n, err = s.file.Read(p)
	if n > 0 {
		s.started.Store(true)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (s *source) Seek(offset int64, whence int) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	return s.file.Seek(offset, whence)
}

// probe reads from an empty content, so that failure reports it if it is
// missing. http.ServeContent does not read when there is nothing to send.
func (s *source) probe() { _, _ = s.Read(make([]byte, 1)) }

// failure returns the error of the first failed Read. It panics if a Read
// panicked.
func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panicked != "" {
		panic(s.panicked)
	}
	return s.err
}

// close closes the file. Later calls of Read and Seek fail.
func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.file.Close() // it was only read
	if s.err == nil {
		s.err = io.ErrClosedPipe
	}
}
