package assetstest_test

import (
	"context"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

func markedSuite(t *testing.T, seed func(assetstest.MarkedBlobs) assetstest.MarkedBlobs) {
	assetstest.TestMarked(t, func(*testing.T) assetstest.MarkedBlobs { return seed(blob.NewMemory()) })
}

func TestMarked(t *testing.T) { accepts(t, markedSuite) }

func TestMarkedRefuses(t *testing.T) {
	refuses(
		t, markedSuite,
		fault[assetstest.MarkedBlobs]{"nothing is checked", func(b assetstest.MarkedBlobs) assetstest.MarkedBlobs { return unchecked{b} }, "a marker names its store"},
		fault[assetstest.MarkedBlobs]{"another bucket", func(b assetstest.MarkedBlobs) assetstest.MarkedBlobs { return unchecked{b} }, "another bucket than the one that was marked"},
		fault[assetstest.MarkedBlobs]{"a store needs marks", func(b assetstest.MarkedBlobs) assetstest.MarkedBlobs { return needsMarks{b} }, "a store without marks"},
	)
}

type unchecked struct{ assetstest.MarkedBlobs }

func (unchecked) CheckMarker(context.Context, assets.Store) error { return nil }

type needsMarks struct{ assetstest.MarkedBlobs }

func (b needsMarks) CheckMarker(ctx context.Context, s assets.Store) error {
	if _, ok := assets.StoreAs[blob.Ledger](s); !ok {
		return assets.ErrUnavailable
	}
	return b.MarkedBlobs.CheckMarker(ctx, s)
}
