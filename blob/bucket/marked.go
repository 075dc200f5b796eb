package bucket

import (
	"context"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

var _ assets.Marked = (*Bucket)(nil)

// CheckMarker implements [assets.Marked].
func (b *Bucket) CheckMarker(ctx context.Context, s assets.Store) error {
	return blob.WithLedger(ctx, b, s, blob.CheckMarker)
}

// MoveMarker implements [assets.Marked].
func (b *Bucket) MoveMarker(ctx context.Context, s assets.Store) error {
	return blob.WithLedger(ctx, b, s, blob.MoveMarker)
}
