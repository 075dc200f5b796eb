package assets

import (
	"context"
	"fmt"
	"time"
)

// stall ends the context of a Blobs call that makes no progress for a while.
// Time in which the other side is waited for does not count.
type stall struct {
	after time.Duration
	timer *time.Timer
	done  context.CancelFunc
}

func (l *Library) stallable(ctx context.Context) (context.Context, *stall) {
	after := l.cfg.Limits.BlobStall
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(after, func() {
		cancel(fmt.Errorf("no progress for %s: %w", after, ErrUnavailable))
	})
	return ctx, &stall{after: after, timer: timer, done: func() {
		timer.Stop()
		cancel(nil)
	}}
}

func (s *stall) pause()  { s.timer.Stop() }
func (s *stall) resume() { s.timer.Reset(s.after) }
func (s *stall) stop()   { s.done() }
