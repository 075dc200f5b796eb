package races_test

import (
	"context"
	"sync"

	"github.com/10ex/assets"
)

// countingStore is a Store that counts what its transactions and snapshots read.
type countingStore struct {
	assets.Store

	mu    sync.Mutex
	rows  int // maximum of assets, versions and reviews that one has read
	calls int // maximum of reads by one
}

// take returns the maxima and begins a new count.
func (s *countingStore) take() (rows, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, calls = s.rows, s.calls
	s.rows, s.calls = 0, 0
	return rows, calls
}

func (s *countingStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	return s.Store.View(ctx, func(r assets.Snapshot) error {
		c := &counter{inner: r}
		defer s.add(c)
		return fn(struct {
			*counter
			snapshot
		}{c, snapshot{r}})
	})
}

func (s *countingStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.Store.Update(ctx, func(tx assets.Tx) error {
		c := &counter{inner: tx}
		defer s.add(c)
		return fn(struct {
			*counter
			transaction
		}{c, transaction{tx}})
	})
}

// snapshot and transaction put the methods that are not counted below those of a
// counter.
type (
	snapshot    struct{ assets.Snapshot }
	transaction struct{ assets.Tx }
)

// add takes over the count of one transaction or snapshot where it is a maximum.
func (s *countingStore) add(c *counter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows, s.calls = max(s.rows, c.rows), max(s.calls, c.calls)
}

// counter counts the reads of one transaction or snapshot and the rows that they
// return.
type counter struct {
	inner       assets.Reader
	rows, calls int
}

func (c *counter) count(rows int) {
	c.rows += rows
	c.calls++
}

func (c *counter) Asset(ctx context.Context, ws string, id assets.ID) (*assets.Asset, error) {
	c.count(1)
	return c.inner.Asset(ctx, ws, id)
}

func (c *counter) Assets(ctx context.Context, ws string, f assets.Filter, w assets.Window) ([]*assets.Asset, error) {
	list, err := c.inner.Assets(ctx, ws, f, w)
	c.count(len(list))
	return list, err
}

func (c *counter) Version(ctx context.Context, ws string, id assets.ID, n assets.Number) (assets.Version, error) {
	c.count(1)
	return c.inner.Version(ctx, ws, id, n)
}

func (c *counter) Versions(ctx context.Context, ws string, id assets.ID) ([]assets.Version, error) {
	list, err := c.inner.Versions(ctx, ws, id)
	c.count(len(list))
	return list, err
}

func (c *counter) Reviews(ctx context.Context, ws string, id assets.ID, n assets.Number, limit int) ([]assets.Review, error) {
	list, err := c.inner.Reviews(ctx, ws, id, n, limit)
	c.count(len(list))
	return list, err
}
