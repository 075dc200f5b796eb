package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
)

func TestPurger(t *testing.T) {
	t.Parallel()
	assetstest.TestPurger(t, open)
}
