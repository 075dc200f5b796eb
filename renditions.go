package assets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// maxFailures is the number of renditions that are remembered because they failed.
const maxFailures = 4096

// renditions makes each rendition once for all calls that wait for it, and remembers
// those that cannot be made.
type renditions struct {
	log *slog.Logger

	mu       sync.Mutex
	calls    map[string]*renditionCall // by key
	failures map[string]error          // by key
	failed   []string                  // the keys of failures, in a ring
	oldest   int                       // of failed, once it is full
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
	return &renditions{log: log, calls: map[string]*renditionCall{}, failures: map[string]error{}}
}

// failure returns the error that the rendition with the key will have again, or nil.
func (r *renditions) failure(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures[key]
}

// remember remembers a failure instead of the oldest one.
func (r *renditions) remember(key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures[key] == nil {
		if len(r.failed) < maxFailures {
			r.failed = append(r.failed, key)
		} else {
			delete(r.failures, r.failed[r.oldest])
			r.failed[r.oldest] = key
			r.oldest = (r.oldest + 1) % maxFailures
		}
	}
	r.failures[key] = err
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
			c.err = imageError(errors.New("the image cannot be decoded"))
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
