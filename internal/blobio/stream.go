package blobio

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// Source is the reader of a Put. Read fails when the context has ended. If the underlying
// reader fails, Source keeps its error, because back ends replace errors, and cancels the
// context of the write, because some back ends would store the bytes read so far.
type Source struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	cancel context.CancelFunc
	r      io.Reader
	failed atomic.Pointer[error]
}

// NewSource returns a Source that reads from r, and the context for the write. The
// caller must call Stop after the write.
func NewSource(ctx context.Context, r io.Reader) (*Source, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &Source{ctx: ctx, cancel: cancel, r: r}, ctx
}

// Stop cancels the context for the write.
func (s *Source) Stop() { s.cancel() }

// readerPanic is the error of a reader that panicked.
type readerPanic struct{ value any }

func (readerPanic) Error() string { return "the reader panicked" }

// Read implements io.Reader.
func (s *Source) Read(p []byte) (n int, err error) {
	if err := ContextError(s.ctx); err != nil {
		return 0, err
	}
	defer func() {
		// A panic that passes through a back end's writer would leave it open.
		if v := recover(); v != nil {
			n, err = 0, readerPanic{v}
		}
		if err != nil && err != io.EOF {
			s.failed.Store(&err)
			s.cancel()
		}
	}()
	return s.r.Read(p)
}

// Failure returns the error of the reader if it failed, else the error of the caller's
// context if that has ended, else nil. If the reader panicked, Failure panics with the
// same value.
func (s *Source) Failure(caller context.Context) error {
	if err := s.failed.Load(); err != nil {
		if p, ok := errors.AsType[readerPanic](*err); ok {
			panic(p.value)
		}
		return *err
	}
	return ContextError(caller)
}

// NewContent returns a ReadCloser that reads r and closes c. Read fails when ctx has
// ended. Its errors name the key; those of r wrap assets.ErrUnavailable.
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
	if err := ContextError(c.ctx); err != nil {
		return 0, Wrap("read", c.key, err)
	}
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		if cause := ContextError(c.ctx); cause != nil {
			err = cause
		} else {
			err = Unavailable(err)
		}
		err = Wrap("read", c.key, err)
	}
	return n, err
}
