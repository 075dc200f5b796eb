package blob

import (
	"context"
	"iter"

	"github.com/10ex/assets"
)

var (
	_ assets.KeyLister = (*Dir)(nil)
	_ assets.KeyLister = (*Memory)(nil)
)

// Keys implements [assets.KeyLister].
func (d *Dir) Keys(ctx context.Context, folder string) iter.Seq2[string, error] {
	return KeysOf(d.List(ctx, folder))
}

// Keys implements [assets.KeyLister].
func (m *Memory) Keys(ctx context.Context, folder string) iter.Seq2[string, error] {
	return KeysOf(m.List(ctx, folder))
}

// KeysOf returns the keys of the objects of a listing that a Library may have chosen.
func KeysOf(objects iter.Seq2[Object, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for o, err := range objects {
			if _, ours := contentKey(o.Key); err == nil && !ours {
				continue
			}
			if !yield(o.Key, err) {
				return
			}
		}
	}
}
