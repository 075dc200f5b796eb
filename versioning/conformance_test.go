package versioning_test

import (
	"testing"

	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/versioning"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	assetstest.TestVersioner(t, func(*testing.T) versioning.Linear { return versioning.Linear{} })
}
