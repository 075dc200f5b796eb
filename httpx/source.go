package httpx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/10ex/assets/internal/readahead"
)

// maxVerified is the size in bytes up to which a file is read and verified before
// its first byte is sent.
const maxVerified = 1 << 20

// source reads a file and keeps the first error. It returns no byte of a small
// file, or of a range of it, before it has verified the whole file.
//
// For several ranges http.ServeContent reads in a goroutine of its own. That
// goroutine may outlive ServeContent if the client disconnects, and a panic in it
// would end the process, so Read recovers panics and failure repeats them.
type source struct {
	started atomic.Bool // a byte was read; atomic because transfer loads it while Read holds mu

	mu       sync.Mutex
	file     file
	memory   *memory
	prepared bool
	content  io.ReadSeeker // the file, or its bytes in memory
	release  func()        // of the memory; nil: none was taken
	err      error
	panicked string // the value of a panic and its stack
}

func newSource(f file, m *memory) *source { return &source{file: f, memory: m, content: f} }

var errPanicked = errors.New("reading panicked")

// isSmall reports whether the file is verified before its first byte is returned.
func (s *source) isSmall() bool { return s.file.Size() <= maxVerified }

func (s *source) Read(p []byte) (n int, err error) {
	err = s.guard(func() error {
		if err := s.prepare(); err != nil {
			return err
		}
		var err error
		n, err = s.content.Read(p)
		if n > 0 {
			s.started.Store(true)
		}
		return err
	})
	return n, err
}

func (s *source) Seek(offset int64, whence int) (at int64, err error) {
	err = s.guard(func() error {
		at, err = s.content.Seek(offset, whence)
		return err
	})
	return at, err
}

// guard runs fn, unless an earlier fn failed, and keeps its error. It recovers
// its panics.
func (s *source) guard(fn func() error) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	defer func() {
		if v := recover(); v != nil {
			s.panicked, err = fmt.Sprintf("%v\n%s", v, debug.Stack()), errPanicked
		}
		if err != nil && !errors.Is(err, io.EOF) {
			s.err = err
		}
	}()
	return fn()
}

// prepare verifies a small file, once. It keeps the bytes if there is memory for
// them. Otherwise they are read again, and verified again, while they are sent.
func (s *source) prepare() error {
	size := s.file.Size()
	if s.prepared || !s.isSmall() || size == 0 {
		return nil
	}
	s.prepared = true
	return s.lookAhead(func() error {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		var kept []byte
		if kept, s.release = s.memory.take(size); kept == nil {
			_, err := io.Copy(struct{ io.Writer }{io.Discard}, s.file)
			return err
		}
		if _, err := io.ReadFull(s.file, kept); err != nil {
			return err
		}
		s.content = bytes.NewReader(kept)
		return s.file.Close() // it is not held while the client reads
	})
}

// check reads the next n bytes, which are read again while they are sent. All
// bytes of a content are verified by it.
func (s *source) check(n int64, buffers *readahead.Buffers) error {
	return s.guard(func() error {
		return s.lookAhead(func() error {
			_, err := readahead.Copy(io.Discard, io.LimitReader(s.file, n), buffers)
			return err
		})
	})
}

// lookAhead calls read and restores the position.
func (s *source) lookAhead(read func() error) error {
	at, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if err := read(); err != nil {
		return err
	}
	_, err = s.content.Seek(at, io.SeekStart)
	return err
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

// close closes the file and releases the memory. Later calls of Read and Seek
// fail.
func (s *source) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.file.Close() // it was only read
	if s.release != nil {
		s.release()
	}
	s.content, s.release = nil, nil
	if s.err == nil {
		s.err = io.ErrClosedPipe
	}
}

// maxMemory bounds, in bytes, the small files that are in memory at the same time.
const maxMemory = 16 << 20

// memory lends the memory for small files. It never waits.
type memory struct {
	used   atomic.Int64
	blocks sync.Pool // of *[maxVerified]byte, for files of more than minBlock bytes
}

const minBlock = 128 << 10

func newMemory() *memory {
	return &memory{
		blocks: sync.Pool{New: func() any { return new([maxVerified]byte) }},
	}
}

// take returns size bytes until release is called, or nil if too much is in use.
func (m *memory) take(size int64) (bytes []byte, release func()) {
	weight := size
	if size > minBlock {
		weight = maxVerified
	}
	if m.used.Add(weight) > maxMemory {
		m.used.Add(-weight)
		return nil, nil
	}
	if size <= minBlock {
		return make([]byte, size), func() { m.used.Add(-weight) }
	}
	block, _ := m.blocks.Get().(*[maxVerified]byte)
	return block[:size], func() {
		m.blocks.Put(block)
		m.used.Add(-weight)
	}
}
