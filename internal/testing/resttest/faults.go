package resttest

import (
	"context"
	"io"
	"sync"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/internal/testing/backends"
)

// RecordingStore is a database that records which of its methods are called,
// except those of API keys, and fails on demand.
type RecordingStore struct {
	backends.Database
	Calls []string
	Fail  func(method string) error // if set, called with each method; a method fails with its error
}

func (s *RecordingStore) record(method string) error {
	s.Calls = append(s.Calls, method)
	if s.Fail != nil {
		return s.Fail(method)
	}
	return nil
}

// View records the call.
func (s *RecordingStore) View(ctx context.Context, fn func(assets.Snapshot) error) error {
	if err := s.record("View"); err != nil {
		return err
	}
	return s.Database.View(ctx, fn)
}

// Update records the call.
func (s *RecordingStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.Database.Update(ctx, func(tx assets.Tx) error {
		if err := s.record("Update"); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Asset records the call.
func (s *RecordingStore) Asset(ctx context.Context, workspace string, id assets.ID) (*assets.Asset, error) {
	if err := s.record("Asset"); err != nil {
		return nil, err
	}
	return s.Database.Asset(ctx, workspace, id)
}

// Assets records the call.
func (s *RecordingStore) Assets(ctx context.Context, workspace string, f assets.Filter, win assets.Window) ([]*assets.Asset, error) {
	if err := s.record("Assets"); err != nil {
		return nil, err
	}
	return s.Database.Assets(ctx, workspace, f, win)
}

// VersionsAt records the call.
func (s *RecordingStore) VersionsAt(ctx context.Context, workspace string, versions []assets.Ref) ([]assets.Version, error) {
	if err := s.record("VersionsAt"); err != nil {
		return nil, err
	}
	return s.Database.VersionsAt(ctx, workspace, versions)
}

// Counts records the call.
func (s *RecordingStore) Counts(ctx context.Context, workspace string, f assets.Filter, frequent int) (assets.Counts, error) {
	if err := s.record("Counts"); err != nil {
		return assets.Counts{}, err
	}
	return s.Database.Counts(ctx, workspace, f, frequent)
}

// VersionsBefore records the call.
func (s *RecordingStore) VersionsBefore(ctx context.Context, workspace string, id assets.ID, w assets.VersionWindow) ([]assets.Version, error) {
	if err := s.record("VersionsBefore"); err != nil {
		return nil, err
	}
	return s.Database.VersionsBefore(ctx, workspace, id, w)
}

// ReviewsBefore records the call.
func (s *RecordingStore) ReviewsBefore(ctx context.Context, workspace string, id assets.ID, w assets.ReviewWindow) ([]assets.Review, error) {
	if err := s.record("ReviewsBefore"); err != nil {
		return nil, err
	}
	return s.Database.ReviewsBefore(ctx, workspace, id, w)
}

// SelectEvents records the call.
func (s *RecordingStore) SelectEvents(ctx context.Context, f assets.EventFilter, w assets.EventWindow) (assets.Selection, error) {
	if err := s.record("SelectEvents"); err != nil {
		return assets.Selection{}, err
	}
	return s.Database.SelectEvents(ctx, f, w)
}

// Freeze records the call.
func (s *RecordingStore) Freeze(ctx context.Context, r export.Record, q export.Quota, fn func(export.Freezing) (export.Plan, error)) error {
	if err := s.record("Freeze"); err != nil {
		return err
	}
	return s.Database.Freeze(ctx, r, q, fn)
}

// Export records the call.
func (s *RecordingStore) Export(ctx context.Context, workspace string, id assets.ID) (export.Record, error) {
	if err := s.record("Export"); err != nil {
		return export.Record{}, err
	}
	return s.Database.Export(ctx, workspace, id)
}

// Exports records the call.
func (s *RecordingStore) Exports(ctx context.Context, workspace string, before assets.ID, limit int) ([]export.Record, error) {
	if err := s.record("Exports"); err != nil {
		return nil, err
	}
	return s.Database.Exports(ctx, workspace, before, limit)
}

// FaultyBlobs are Blobs whose Open can be replaced by a faulty one.
type FaultyBlobs struct {
	assets.Blobs
	mu    sync.Mutex
	Fault func(io.ReadCloser, error) (io.ReadCloser, error) // if set, changes the results of Open
	opens int
}

// Open opens an object and applies the fault.
func (b *FaultyBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opens++
	r, err := b.Blobs.Open(ctx, key, offset, length)
	if b.Fault != nil {
		return b.Fault(r, err)
	}
	return r, err
}

// SetFault sets Fault. It is safe while requests are served.
func (b *FaultyBlobs) SetFault(by func(io.ReadCloser, error) (io.ReadCloser, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.Fault = by
}

// Opened returns the number of calls of Open.
func (b *FaultyBlobs) Opened() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opens
}

// FailAfter returns a reader that fails after n bytes of r.
func FailAfter(r io.ReadCloser, n int64) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, n), iotest.ErrReader(io.ErrUnexpectedEOF)), r}
}

// FailOpen returns a fault with which Open returns err.
func FailOpen(err error) func(io.ReadCloser, error) (io.ReadCloser, error) {
	return func(r io.ReadCloser, opened error) (io.ReadCloser, error) {
		if opened == nil {
			_ = r.Close()
		}
		return nil, err
	}
}
