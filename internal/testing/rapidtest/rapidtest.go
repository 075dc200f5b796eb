// Package rapidtest limits property tests of package rapid, which has one number
// of runs for all tests of a process.
package rapidtest

import (
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// CheckAtMost is rapid.Check with at most the given number of successful runs.
// After a failure it limits nothing, so that rapid can shrink the counterexample.
func CheckAtMost(t *testing.T, runs int, check func(*rapid.T)) {
	t.Helper()
	var passed atomic.Int64
	var failed atomic.Bool
	rapid.Check(t, func(rt *rapid.T) {
		if passed.Load() >= int64(runs) && !failed.Load() {
			return
		}
		ended := false
		defer func() { failed.Store(failed.Load() || !ended) }()
		check(rt)
		ended = true
		passed.Add(1)
	})
}
