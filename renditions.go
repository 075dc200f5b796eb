package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/ring"
)

// maxFailures is the number of renditions that are remembered because they failed, and of
// those because there is nothing to scale.
const maxFailures = 4096

// renditions makes each rendition once for all calls that wait for it, and remembers
// those that cannot be made.
type renditions struct {
	log *slog.Logger

	mu       sync.Mutex
	calls    map[string]*renditionCall // by key
	failures ring.Map[string, error]   // by key
	asStored ring.Map[string, error]   // by key; they are many and cost little, so failures do not make room for them
}

// renditionCall is a rendition that is being made. It ends when it is made or when
// nobody waits for it any more.
type renditionCall struct {
	done    chan struct{}
	result  *renditionResult // valid after done
	err     error            // valid after done
	waiting int
	cancel  context.CancelFunc
}

func newRenditions(log *slog.Logger) *renditions {
	return &renditions{log: log, calls: map[string]*renditionCall{}}
}

// failure returns the error that the rendition with the key will have again, or nil.
func (r *renditions) failure(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err, ok := r.failures.Get(key); ok {
		return err
	}
	err, _ := r.asStored.Get(key)
	return err
}

// remember remembers a failure instead of the oldest one.
func (r *renditions) remember(key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, errAsStored) {
		r.asStored.Add(key, err, maxFailures)
		return
	}
	r.failures.Add(key, err, maxFailures)
}

// once returns what fn makes for key. All calls with the same key share one run of
// fn, whose context ends when the last of them has left.
func (r *renditions) once(ctx context.Context, key string, fn func(context.Context) (*renditionResult, error)) (*renditionResult, error) {
	c := r.join(ctx, key, fn)
	defer r.release(key, c)
	select {
	case <-c.done:
		return c.result, c.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// join joins the call for key or starts it.
func (r *renditions) join(ctx context.Context, key string, fn func(context.Context) (*renditionResult, error)) *renditionCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[key]
	if c == nil {
		c = &renditionCall{done: make(chan struct{})}
		ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
		r.calls[key] = c
		go r.run(ctx, key, c, fn)
	}
	c.waiting++
	return c
}

// release leaves a call and ends it if nobody else waits for it. A later join starts
// another call.
func (r *renditions) release(key string, c *renditionCall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.waiting--; c.waiting > 0 {
		return
	}
	c.cancel()
	if r.calls[key] == c {
		delete(r.calls, key)
	}
}

// run runs fn. A panic of an image decoder fails that image only.
func (r *renditions) run(ctx context.Context, key string, c *renditionCall, fn func(context.Context) (*renditionResult, error)) {
	defer func() {
		if p := recover(); p != nil {
			r.log.ErrorContext(ctx, "assets: an image decoder panicked", "key", key, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.err = errUnscaled
			r.remember(key, c.err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls[key] == c {
			delete(r.calls, key)
		}
		close(c.done)
	}()
	c.result, c.err = fn(ctx)
}

// errImage marks an image that is over a limit, as it will be again.
var errImage = &Error{Err: ErrUnsupportedMediaType, Detail: "the image cannot be scaled"}

// errUnscaled marks an image within the limits that is not wider than its rendition would
// be, or that cannot be decoded. Its rendition is the content itself: browsers may show
// what the decoders here do not.
var errUnscaled = errors.New("the image is not scaled")

// errAsStored marks an image that has nothing to scale: it is not wider than its rendition
// would be, or of a type that is not scaled.
var errAsStored = fmt.Errorf("%w: it is shown as it is stored", errUnscaled)

// imageError is the failure of an image that is over a limit. It wraps errImage.
func imageError(err error) error {
	return fmt.Errorf("%w: %w", &Error{Err: errImage, Detail: err.Error()}, err)
}

// renditionSource remembers a failure to read, which is not a fault of the image. It
// fails when the context of its File has ended.
type renditionSource struct {
	*File
	err error
}

func (s *renditionSource) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.File.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// verify reads the rest of the content, so that its digest is verified.
func (s *renditionSource) verify(ctx context.Context) error {
	_, err := io.Copy(io.Discard, s)
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case cause != nil:
		return cause
	case s.err != nil:
		return s.err
	}
	return err
}

// rootCause returns the error of a rendition that failed with err: that of the
// context, of reading, or of the image if its stored bytes are not damaged.
func (s *renditionSource) rootCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if s.err != nil {
		return s.err
	}
	if damaged := s.verify(ctx); damaged != nil {
		return damaged
	}
	if errors.Is(err, rendition.ErrUnsupported) && !errors.Is(err, rendition.ErrLimit) {
		return errUnscaled
	}
	return imageError(err)
}
