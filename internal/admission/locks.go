package admission

import (
	"context"
	"sync"
)

// Locks are locks named by keys. A key that nobody holds or waits for takes no memory.
// Locks are safe for concurrent use.
type Locks struct {
	mu    sync.Mutex
	users map[string]*lock
}

type lock struct {
	held  chan struct{} // has room when nobody holds the lock; those who wait come in their order
	users int           // who hold it or wait for it; guarded by Locks.mu
}

// NewLocks returns Locks that nobody holds.
func NewLocks() *Locks { return &Locks{users: map[string]*lock{}} }

// Acquire waits for the locks of keys, one after the other, and holds them until release
// is called. Keys must be distinct and in ascending order, so that no two calls wait for
// each other. Calls of release after the first have no effect.
//
// It returns the cause of the end of ctx.
func (l *Locks) Acquire(ctx context.Context, keys ...string) (release func(), err error) {
	for i, key := range keys {
		if err := l.acquire(ctx, key); err != nil {
			l.release(keys[:i])
			return nil, err
		}
	}
	return sync.OnceFunc(func() { l.release(keys) }), nil
}

func (l *Locks) acquire(ctx context.Context, key string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.mu.Lock()
	k := l.users[key]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		l.users[key] = k
	}
	k.users++
	l.mu.Unlock()
	select {
	case k.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		l.leave(key)
		return context.Cause(ctx)
	}
}

func (l *Locks) release(keys []string) {
	for _, key := range keys {
		<-l.leave(key).held
	}
}

// leave forgets one user of a lock, and the lock with the last one.
func (l *Locks) leave(key string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.users[key]
	if k.users--; k.users == 0 {
		delete(l.users, key)
	}
	return k
}
