package testproc

import (
	"os"
	"testing"
)

// Require ends the test when a server is not to be had, for the reason given:
// it is skipped, but fails when ASSETS_TEST_TOOLS says that there must be one.
// With SKIP_SERVERS=1 it is skipped in any case.
func Require(t testing.TB, server string, err error) {
	t.Helper()
	if os.Getenv("SKIP_SERVERS") == "1" {
		t.Skip("SKIP_SERVERS=1: not tested on " + server)
	}
	Found(t, err)
}

// Found ends the test when a program was not: skipped, or failed as by [Require].
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
