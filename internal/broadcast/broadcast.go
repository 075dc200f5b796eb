// Package broadcast wakes all who wait for the next change.
package broadcast

import "sync"

// Broadcast tells any number of waiters about changes. The zero value is ready to use.
// It is safe for concurrent use.
type Broadcast struct {
	mu     sync.Mutex
	closes chan struct{} // nil if nobody waits
}

// Next returns a channel that is closed by the next Send.
func (b *Broadcast) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closes == nil {
		b.closes = make(chan struct{})
	}
	return b.closes
}

// Send closes the channels that Next has returned so far.
func (b *Broadcast) Send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closes != nil {
		close(b.closes)
		b.closes = nil
	}
}
