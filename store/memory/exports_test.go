package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/store/memory"
)

func TestExports(t *testing.T) {
	t.Parallel()
	assetstest.TestExports(t, open)
}

func TestArchives(t *testing.T) {
	t.Parallel()
	assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, *blob.Memory) { return open(t), blob.NewMemory() })
}

func TestVolumeLargeExportsEXP07(t *testing.T) { assetstest.TestLargeExports(t, open) }
