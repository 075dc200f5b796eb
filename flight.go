package assets

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/semaphore"
)

// renditions makes each rendition once at a time, whoever waits for it, and
// all of them within a budget of memory.
type renditions struct {
	budget int64
	free   *semaphore.Weighted
	log    *slog.Logger

	mu      sync.Mutex
	flights map[string]*flight // by key
}

// flight is one rendition being made. It ends when it is made, or with the
// last that waits for it.
type flight struct {
	done    chan struct{}
	made    *madeRendition // after done
	err     error          // after done
	waiting int
	cancel  context.CancelFunc
}

func newRenditions(budget int64, log *slog.Logger) *renditions {
	return &renditions{budget: budget, free: semaphore.NewWeighted(budget), log: log, flights: map[string]*flight{}}
}

// once answers what fn makes for key, for all that ask meanwhile. fn's context
// ends when none of them waits any more.
func (r *renditions) once(ctx context.Context, key string, fn func(context.Context) (*madeRendition, error)) (*madeRendition, error) {
	f := r.board(ctx, key, fn)
	defer r.leave(key, f)
	select {
	case <-f.done:
		return f.made, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// board joins the flight for key, or starts it.
func (r *renditions) board(ctx context.Context, key string, fn func(context.Context) (*madeRendition, error)) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flights[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		r.flights[key] = f
		go r.fly(ctx, key, f, fn)
	}
	f.waiting++
	return f
}

// leave ends a flight that nobody waits for; who comes later starts another.
func (r *renditions) leave(key string, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if r.flights[key] == f {
		delete(r.flights, key)
	}
}

// fly runs fn. A panic of an image decoder is that image's end alone.
func (r *renditions) fly(ctx context.Context, key string, f *flight, fn func(context.Context) (*madeRendition, error)) {
	defer func() {
		if p := recover(); p != nil {
			r.log.ErrorContext(ctx, "assets: an image decoder panicked", "key", key, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			f.err = Errorf(ErrUnsupportedMediaType, "the image cannot be decoded")
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.flights[key] == f {
			delete(r.flights, key)
		}
		close(f.done)
	}()
	f.made, f.err = fn(ctx)
}

// reserve waits until so much memory is free, or refuses what never will be.
func (r *renditions) reserve(ctx context.Context, size int64) (release func(), err error) {
	if size > r.budget {
		return nil, Errorf(ErrUnsupportedMediaType, "the image takes %d MiB to decode, at most %d are allowed", size>>20, r.budget>>20)
	}
	weight := max(size, r.budget/mostAtOnce)
	if err := r.free.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	return func() {
		collect(size)
		r.free.Release(weight)
	}, nil
}
