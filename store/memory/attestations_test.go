package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
)

func TestAttestations(t *testing.T) {
	t.Parallel()
	assetstest.TestAttestations(t, open)
}
