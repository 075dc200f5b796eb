package assets

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Writable is a [Store] that can be asked to write.
type Writable interface {
	// CheckWritable commits a change that nobody sees. It returns an error if that fails,
	// or if the schema is not the one that the store was opened with.
	CheckWritable(ctx context.Context) error
}

const (
	checkInterval = time.Second     // between two checks of a process
	checkTime     = 5 * time.Second // of a check
)

// Check returns nil if the Library can serve every call now: the database can be written
// and has the schema of this program, and the bucket can be read and is the one that its
// marker names. Otherwise it returns an error that wraps ErrUnavailable. Its [Detail] names
// what is wrong and contains nothing internal.
//
// It is for probes of load balancers. A process makes at most one check a second, which
// all callers share, those of With too. A check ends after 5 s; it goes on, and counts, when
// its caller has left. Each change of the result is logged.
func (l *Library) Check(ctx context.Context) (err error) {
	ctx, op := l.observe(ctx, "Check", nil, "")
	defer op.end(&err)
	c := l.readiness
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return unavailable("waiting for a check", context.Cause(ctx))
	}
	if c.checked && time.Since(c.at) < checkInterval {
		defer c.endTurn()
		return c.err
	}
	done := make(chan error, 1)
	go func() { // it serves all callers, also if this one leaves
		defer c.endTurn()
		ctx := context.WithoutCancel(ctx)
		err := c.check(ctx)
		c.report(ctx, l, err)
		c.at, c.err, c.checked = time.Now(), err, true
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return unavailable("waiting for a check", context.Cause(ctx))
	}
}

// readiness is what the checks of a process share.
type readiness struct {
	store Store
	blobs Blobs
	ready atomic.Bool   // the last check found nothing wrong
	turn  chan struct{} // has one element while a call uses what follows

	checked bool
	at      time.Time
	err     error
}

func newReadiness(cfg *Config) *readiness {
	return &readiness{store: cfg.Store, blobs: cfg.Blobs, turn: make(chan struct{}, 1)}
}

func (c *readiness) endTurn() { <-c.turn }

// check checks once. It turns a panic of the host's store or bucket into an error.
func (c *readiness) check(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = notReady("the check failed", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if s, ok := StoreAs[Writable](c.store); ok {
		if err := s.CheckWritable(ctx); err != nil {
			return notReady("the database cannot be written", err)
		}
	}
	if b, ok := c.blobs.(Marked); ok {
		if err := b.CheckMarker(ctx, c.store); err != nil {
			return notReady("the content cannot be read", err)
		}
	}
	return nil
}

// notReady returns an error of Check: err, if it has a detail, or with the given one.
func notReady(detail string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok && errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", &Error{Err: ErrUnavailable, Detail: detail}, err)
}

// report logs a result that differs from the one before.
func (c *readiness) report(ctx context.Context, l *Library, err error) {
	switch was := c.ready.Swap(err == nil); {
	case err != nil && (was || !c.checked):
		l.cfg.Logger.ErrorContext(ctx, "assets: not ready", "error", err.Error())
	case err == nil && !was && c.checked:
		l.cfg.Logger.InfoContext(ctx, "assets: ready again")
	}
}
