package assetstest

import (
	"errors"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/store/memory"
)

// MarkedBlobs are Blobs whose bucket has a marker.
type MarkedBlobs interface {
	assets.Blobs
	assets.Marked
}

// TestMarked tests [assets.Marked]. open returns an empty bucket for each subtest.
func TestMarked[B MarkedBlobs](t *testing.T, open func(t *testing.T) B) {
	check := func(t *testing.T, b B, s assets.Store, belongs bool) {
		t.Helper()
		err := b.CheckMarker(t.Context(), s)
		if belongs && err != nil || !belongs && !errors.Is(err, assets.ErrUnavailable) {
			t.Errorf("it belongs to the store: %t: %v", belongs, err)
		}
	}
	move := func(t *testing.T, b B, s assets.Store) {
		t.Helper()
		if err := b.MoveMarker(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a marker names its store", func(t *testing.T) {
		t.Parallel()
		b, s := open(t), memory.New()
		check(t, b, s, true)
		move(t, b, s)
		check(t, b, s, true)
		check(t, b, memory.New(), false)
		if err := b.MoveMarker(t.Context(), memory.New()); err == nil {
			t.Error("another store has moved the marker")
		}
	})
	t.Run("another bucket than the one that was marked", func(t *testing.T) {
		t.Parallel()
		s := storeT{T: t, Store: memory.New()}
		s.put(sample("w", 1))
		s.update(func(tx assets.Tx) error { return tx.AddEvent(t.Context(), sampleEvent("w", 1)) })
		check(t, open(t), s.Store, true)
		move(t, open(t), s.Store)
		check(t, open(t), s.Store, false)
	})
	t.Run("a store without marks", func(t *testing.T) {
		t.Parallel()
		type rows struct{ assets.Store }
		b := open(t)
		move(t, b, rows{memory.New()})
		check(t, b, rows{memory.New()}, true)
	})
}
