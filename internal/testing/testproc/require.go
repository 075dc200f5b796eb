package testproc

import (
	"os"
	"testing"
)

// Require skips the test if SKIP_SERVERS=1, and otherwise is like [Found]. err is why
// the server is not available, or nil.
func Require(t testing.TB, server string, err error) {
	t.Helper()
	if os.Getenv("SKIP_SERVERS") == "1" {
		t.Skip("SKIP_SERVERS=1: not tested on " + server)
	}
	Found(t, err)
}

// Found skips the test if err, why a program is not available, is not nil. With
// ASSETS_TEST_TOOLS in the environment it fails the test instead.
func Found(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("ASSETS_TEST_TOOLS") != "":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}
