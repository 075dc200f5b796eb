package sqltest_test

import (
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/store/memory"
)

// TestCancelDuringCommit runs the suite on a store whose commit cannot be interrupted.
func TestCancelDuringCommit(t *testing.T) {
	t.Parallel()
	sqltest.CancelDuringCommit(t, memory.New())
}
