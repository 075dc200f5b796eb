package assetstest_test

import "testing"

// TestTagline runs what the Example shows, as a host would.
func TestTagline(t *testing.T) {
	t.Parallel()
	testTagline(t)
}
