// Package memory keeps rows in memory, for unit tests and for programs that keep
// nothing after they end.
//
// The one rule to know: nothing is durable. Every other promise of [assets.Store]
// holds as in a database: an Update is all or nothing, a View is one snapshot, and
// results are copies.
package memory

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/broadcast"
	"github.com/10ex/assets/webhook/record"
)

// Store is an in-memory store of rows, journal, API keys, exports and webhooks. It is
// safe for concurrent use.
//
// Committed states are immutable. A reader uses the newest one; the only writer
// builds the next one from it and publishes it as a whole.
type Store struct {
	reader

	id        string
	committed atomic.Pointer[state]
	writer    chan struct{} // has one element while a writer runs
	changed   broadcast.Broadcast
	contents  contents
	keys      keyring
	webhooks  webhooks
}

var (
	_ assets.Store     = (*Store)(nil)
	_ assets.Journal   = (*Store)(nil)
	_ assets.Followers = (*Store)(nil)
	_ assets.Contents  = (*Store)(nil)
	_ assets.ContentTx = (*tx)(nil)
	_ blob.Ledger      = (*Store)(nil)
	_ apikey.Store     = (*Store)(nil)
	_ export.Store     = (*Store)(nil)
	_ record.Store     = (*Store)(nil)
	_ assets.Writable  = (*Store)(nil)
	_ assets.Purger    = (*Store)(nil)

	_ assets.Attestations = (*Store)(nil)
)

// New returns an empty store.
func New() *Store {
	s := &Store{id: rand.Text(), writer: make(chan struct{}, 1)}
	s.committed.Store(&state{})
	s.reader = reader{s.latest, &s.keys}
	s.keys.byPrefix = make(map[string]apikey.Key)
	s.webhooks = newWebhooks()
	return s
}

// latest returns the newest committed state, and an error if ctx has ended.
func (s *Store) latest(ctx context.Context) (*state, error) {
	return s.committed.Load(), checkContext(ctx)
}

// View implements [assets.Store].
func (s *Store) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	snapshot, err := s.latest(ctx)
	if err != nil {
		return err
	}
	return fn(reader{func(ctx context.Context) (*state, error) { return snapshot, checkContext(ctx) }, &s.keys})
}

// Update implements [assets.Store]. Updates run one after the other: an Update
// within fn waits until its context ends, and then returns ErrUnavailable.
func (s *Store) Update(ctx context.Context, fn func(assets.Tx) error) error {
	var t *tx
	err := s.change(ctx, func(next *state) error {
		t = newTx(next, s)
		defer t.end()
		if err := fn(t); err != nil || t.failed != nil {
			return cmp.Or(err, t.failed)
		}
		s.contents.add(t.contents)
		t.removed = next.unnamed(s.contents.having(t.removed))
		return nil
	})
	if err == nil {
		s.contents.remove(t.removed)
		s.changed.Send()
	}
	return err
}

// MaxSearches implements [assets.Store]. Half of the processors stay free.
func (s *Store) MaxSearches() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// change calls fn with a copy of the newest state and publishes that, unless fn
// fails or ctx has ended by then.
func (s *Store) change(ctx context.Context, fn func(next *state) error) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	began := time.Now()
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return checkContext(ctx)
	}
	assets.MeasureIn(ctx).Attempt(time.Since(began))
	defer func() { <-s.writer }() // also when fn panics

	next := *s.committed.Load()
	if err := fn(&next); err != nil {
		return err
	}
	if err := checkContext(ctx); err != nil {
		return err
	}
	s.committed.Store(&next)
	return nil
}

// checkContext returns ErrUnavailable if ctx has ended.
func checkContext(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memory store: %w: %w", assets.ErrUnavailable, err)
	}
	return nil
}

// errEnded is returned when a Tx is used after its Update.
var errEnded = errors.New("memory store: the transaction has ended")

// CheckWritable implements [assets.Writable].
func (s *Store) CheckWritable(ctx context.Context) error { return checkContext(ctx) }
