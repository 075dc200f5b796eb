package blobio

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// Source is the reader of a Put. It ends with its context. It remembers a failure
// of the reader, because back ends rewrite errors, and then cancels the write,
// because some back ends would keep what has arrived by then.
type Source struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	cancel context.CancelFunc
	r      io.Reader
	failed atomic.Pointer[error]
}

// NewSource returns a Source that reads from r, and the context for the write. The
// caller must call Stop.
func NewSource(ctx context.Context, r io.Reader) (*Source, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &Source{ctx: ctx, cancel: cancel, r: r}, ctx
}

// Stop cancels the context for the write.
func (s *Source) Stop() { s.cancel() }

// panicked is the failure of a reader that panicked.
type panicked struct{ value any }

func (panicked) Error() string { return "the reader panicked" }

// Read implements io.Reader.
func (s *Source) Read(p []byte) (n int, err error) {
	if err := Ended(s.ctx); err != nil {
		return 0, err
	}
	defer func() {
		// A writer that a panic runs through is never closed.
		if v := recover(); v != nil {
			n, err = 0, panicked{v}
		}
		if err != nil && err != io.EOF {
			s.failed.Store(&err)
			s.cancel()
		}
	}()
	return s.r.Read(p)
}

// Failure returns the reader's own error, or the one of the caller's context if
// that has ended; nil if the write failed for another reason. If the reader
// panicked, so does Failure.
func (s *Source) Failure(caller context.Context) error {
	if err := s.failed.Load(); err != nil {
		if p, ok := errors.AsType[panicked](*err); ok {
			panic(p.value)
		}
		return *err
	}
	return Ended(caller)
}

// NewContent returns r as the open content of key: reading ends with ctx, and its
// errors are wrapped as those of package blob are.
func NewContent(ctx context.Context, key string, r io.Reader, c io.Closer) io.ReadCloser {
	return &content{ctx: ctx, key: key, r: r, Closer: c}
}

type content struct {
	ctx context.Context //nolint:containedctx // as in Source
	key string
	r   io.Reader
	io.Closer
}

func (c *content) Read(p []byte) (int, error) {
	if err := Ended(c.ctx); err != nil {
		return 0, Wrap("read", c.key, err)
	}
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		if cause := Ended(c.ctx); cause != nil {
			err = cause
		} else {
			err = Unavailable(err)
		}
		err = Wrap("read", c.key, err)
	}
	return n, err
}
