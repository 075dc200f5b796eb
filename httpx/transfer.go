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

	"github.com/10ex/assets/internal/readahead"
)

// transfer stands between http.ServeContent and the client. It sends nothing,
// headers included, before the first byte of the content was read, so that
// bytes that turn out to be missing or damaged can still be a clean error.
type transfer struct {
	w      http.ResponseWriter
	header http.Header // of the content; copied when it is sent
	src    *source
	ahead  *readahead.Buffers
	status int
	held   []byte // the header of the first part of several ranges
	sent   bool
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
		return len(p), nil // the text of net/http; ours is JSON
	}
	if !t.src.begun.Load() {
		t.held = append(t.held, p...)
		return len(p), nil
	}
	if err := t.commit(); err != nil {
		return 0, err
	}
	return t.w.Write(p)
}

// ReadFrom is for http.ServeContent: what follows is read while the client is
// sent what came before.
func (t *transfer) ReadFrom(r io.Reader) (int64, error) { return readahead.Copy(t, r, t.ahead) }

// commit sends the headers, once.
func (t *transfer) commit() error {
	if t.sent {
		return nil
	}
	t.sent = true
	if t.status != http.StatusOK {
		t.header.Del("Content-Digest") // the message is not the whole content
	}
	maps.Copy(t.w.Header(), t.header)
	t.w.WriteHeader(t.status)
	if len(t.held) == 0 {
		return nil
	}
	_, err := t.w.Write(t.held)
	return err
}

// source is a file that remembers how reading went. For several ranges
// http.ServeContent reads in a goroutine, which may outlive it when the client
// is gone, and in which a panic would end the process.
type source struct {
	begun atomic.Bool // to be told while a Read is under way

	mu       sync.Mutex
	file     stored
	err      error
	panicked string // with what, and where
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
		s.begun.Store(true)
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

// look asks an empty content whether it is there.
func (s *source) look() { _, _ = s.Read(make([]byte, 1)) }

// failure answers why reading failed. It panics when that panicked.
func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panicked != "" {
		panic(s.panicked)
	}
	return s.err
}

// close ends all reading.
func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.file.Close() // it was only read
	if s.err == nil {
		s.err = io.ErrClosedPipe
	}
}
