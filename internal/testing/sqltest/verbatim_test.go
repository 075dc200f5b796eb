package sqltest_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/memory"
)

// TestVerbatim runs the suite on a store that keeps texts without SQL.
func TestVerbatim(t *testing.T) {
	t.Parallel()
	sqltest.Verbatim(t, func(*testing.T) *memory.Store { return memory.New() })
}
