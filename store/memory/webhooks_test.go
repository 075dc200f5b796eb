package memory_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	assetstest.TestWebhooks(t, open)
}
