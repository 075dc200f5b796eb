package blob

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// source is the reader of a Put: it ends with the context, and a failure of
// the reader is remembered, because back ends rewrite errors, and ends the
// write's context, because some of them else keep what arrived until then.
type source struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	cancel context.CancelFunc
	r      io.Reader
	failed atomic.Pointer[error]
}

// panicked is the failure of a reader that panicked.
type panicked struct{ value any }

func (panicked) Error() string { return "the reader panicked" }

func (s *source) Read(p []byte) (n int, err error) {
	if err := ended(s.ctx); err != nil {
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

// failure answers why nothing more could be read: the reader's own error, or
// that the caller's context ended; nil when that is not what went wrong. A
// panic of the reader goes on.
func (s *source) failure(caller context.Context) error {
	if err := s.failed.Load(); err != nil {
		if p, ok := errors.AsType[panicked](*err); ok {
			panic(p.value)
		}
		return *err
	}
	return ended(caller)
}

// content is an open object. It ends with the context, and its errors are
// those of this package.
type content struct {
	ctx context.Context //nolint:containedctx // as in source
	key string
	r   io.Reader
	c   io.Closer
}

func (c *content) Read(p []byte) (int, error) {
	if err := ended(c.ctx); err != nil {
		return 0, wrap("read", c.key, err)
	}
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		if cause := ended(c.ctx); cause != nil {
			err = cause
		} else {
			err = unavailable(err)
		}
		err = wrap("read", c.key, err)
	}
	return n, err
}

func (c *content) Close() error { return c.c.Close() }
