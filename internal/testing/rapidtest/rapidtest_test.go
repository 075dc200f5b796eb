package rapidtest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/10ex/assets/internal/testing/rapidtest"
)

func TestCheckAtMost(t *testing.T) {
	t.Parallel()
	runs := 0
	rapidtest.CheckAtMost(t, 3, func(*rapid.T) { runs++ })
	if runs != 3 {
		t.Errorf("%d runs, want 3", runs)
	}
}
