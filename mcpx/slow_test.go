package mcpx_test

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/store/memory"
)

type backend interface {
	assets.Store
	apikey.Store
}

var _ backend = (*memory.Store)(nil)

// slowStore is a store whose commits a test may hold up, or blow up.
type slowStore struct {
	backend

	armed, panics  atomic.Bool
	entered, leave chan struct{}
}

func (s *slowStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.backend.Update(ctx, func(tx assets.Tx) error {
		if s.panics.Load() {
			panic("bomb")
		}
		err := fn(tx)
		if s.armed.Load() {
			s.entered <- struct{}{}
			<-s.leave
		}
		return err
	})
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
