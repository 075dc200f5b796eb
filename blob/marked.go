package blob

import (
	"context"

	"github.com/10ex/assets"
)

var (
	_ assets.Marked = (*Dir)(nil)
	_ assets.Marked = (*Memory)(nil)
)

// CheckMarker implements [assets.Marked].
func (d *Dir) CheckMarker(ctx context.Context, s assets.Store) error {
	return WithLedger(ctx, d, s, CheckMarker)
}

// MoveMarker implements [assets.Marked].
func (d *Dir) MoveMarker(ctx context.Context, s assets.Store) error {
	return WithLedger(ctx, d, s, MoveMarker)
}

// CheckMarker implements [assets.Marked].
func (m *Memory) CheckMarker(ctx context.Context, s assets.Store) error {
	return WithLedger(ctx, m, s, CheckMarker)
}

// MoveMarker implements [assets.Marked].
func (m *Memory) MoveMarker(ctx context.Context, s assets.Store) error {
	return WithLedger(ctx, m, s, MoveMarker)
}

// WithLedger calls [CheckMarker] or [MoveMarker] with the [Ledger] of a store. It does
// nothing if the store has none. It is for implementations of [assets.Marked].
func WithLedger(ctx context.Context, b Sweepable, s assets.Store, do func(context.Context, Sweepable, Ledger) error) error {
	ledger, ok := assets.StoreAs[Ledger](s)
	if !ok {
		return nil
	}
	return do(ctx, b, ledger)
}
