package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
)

func TestFollowers(t *testing.T) {
	t.Parallel()
	assetstest.TestFollowers(t, open)
}
