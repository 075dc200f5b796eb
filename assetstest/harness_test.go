package assetstest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/store/memory"
)

// A conformance suite is right if it passes on a right implementation and fails
// on a wrong one. A suite that fails fails its test, so the tests of this
// package run suites in child processes: the same test binary, which runs one
// test with the fault that the environment variable faultVariable names.
const faultVariable = "ASSETSTEST_FAULT"

// noFault is the value of faultVariable for the right implementation.
const noFault = "none"

// fault is a mistake in an implementation of I.
type fault[I any] struct {
	name  string    // what the implementation does wrong
	seed  func(I) I // wraps a right implementation
	fails string    // the subtest of the suite that must fail
}

// refuses requires that a suite fails with each of the faults in the subtest
// that the fault names, and that these subtests pass without a fault. suite
// runs the suite and passes each implementation through seed.
func refuses[I any](t *testing.T, suite func(t *testing.T, seed func(I) I), faults ...fault[I]) {
	t.Helper()
	if inChild(t, suite, faults) {
		return
	}
	t.Parallel()
	var subtests []string
	for _, f := range faults {
		subtests = append(subtests, f.fails)
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			output, err := runChild(t, f.name, f.fails)
			if err == nil || !hasResult(output, "FAIL", t, f.fails) || strings.Contains(output, "\npanic: ") {
				t.Errorf("the subtest %q does not fail (%v):\n%s", f.fails, err, output)
			}
		})
	}
	t.Run("without a fault", func(t *testing.T) {
		t.Parallel()
		output, err := runChild(t, noFault, subtests...)
		if err != nil {
			t.Errorf("%v:\n%s", err, output)
		}
		for _, subtest := range subtests {
			if !hasResult(output, "PASS", t, subtest) {
				t.Errorf("the subtest %q does not pass:\n%s", subtest, output)
			}
		}
	})
}

// accepts requires that a whole suite passes on a right implementation.
func accepts[I any](t *testing.T, suite func(t *testing.T, seed func(I) I)) {
	t.Helper()
	if inChild(t, suite, nil) {
		return
	}
	t.Parallel()
	if output, err := runChild(t, noFault); err != nil || !strings.Contains(output, "--- PASS: "+t.Name()+"/") {
		t.Errorf("%v:\n%s", err, output)
	}
}

// inChild runs the suite if the process is a child, and reports whether it is.
func inChild[I any](t *testing.T, suite func(t *testing.T, seed func(I) I), faults []fault[I]) bool {
	t.Helper()
	name, child := os.LookupEnv(faultVariable)
	if !child {
		return false
	}
	if name == noFault {
		suite(t, func(right I) I { return right })
		return true
	}
	i := slices.IndexFunc(faults, func(f fault[I]) bool { return f.name == name })
	if i < 0 {
		t.Skipf("there is no fault %q", name) // so the parent does not see the subtest fail
	}
	suite(t, faults[i].seed)
	return true
}

// runChild runs the subtests of the top-level test t in a child process, all of
// them if none is named.
func runChild(t *testing.T, fault string, subtests ...string) (output string, err error) {
	t.Helper()
	run := "^" + topLevel(t) + "$"
	if len(subtests) > 0 {
		var patterns []string
		for _, subtest := range subtests {
			patterns = append(patterns, regexp.QuoteMeta(rewritten(subtest)))
		}
		run += "/^(" + strings.Join(patterns, "|") + ")$"
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+run, "-test.v", "-test.timeout=5m")
	child.Env = append(os.Environ(), faultVariable+"="+fault)
	out, err := child.CombinedOutput()
	return string(out), err
}

// hasResult reports whether the output of a child has a result of a subtest.
func hasResult(output, result string, t *testing.T, subtest string) bool {
	return strings.Contains(output, "--- "+result+": "+topLevel(t)+"/"+rewritten(subtest)+" (")
}

func topLevel(t *testing.T) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// rewritten returns a subtest's name as the testing package prints it.
func rewritten(name string) string { return strings.ReplaceAll(name, " ", "_") }

// wholeStore is everything that a store can be tested for.
type wholeStore interface {
	assets.Store
	assets.Journal
	assets.Followers
	apikey.Store
	blob.Ledger
	export.Store
}

// onStore returns a suite that opens stores in memory.
func onStore[S any](suite func(t *testing.T, open func(t *testing.T) S)) func(*testing.T, func(wholeStore) wholeStore) {
	return func(t *testing.T, seed func(wholeStore) wholeStore) {
		suite(t, func(*testing.T) S { return seed(memory.New()).(S) })
	}
}

func storeSuite(t *testing.T, seed func(wholeStore) wholeStore) {
	onStore(assetstest.TestStore[assets.Store])(t, seed)
}

// txStore is a store whose transactions are wrapped.
type txStore struct {
	wholeStore
	wrap func(assets.Tx) assets.Tx
}

func (s txStore) Update(ctx context.Context, fn func(assets.Tx) error) error {
	return s.wholeStore.Update(ctx, func(tx assets.Tx) error { return fn(s.wrap(tx)) })
}

// withTx returns a fault in the transactions of a store.
func withTx(wrap func(assets.Tx) assets.Tx) func(wholeStore) wholeStore {
	return func(s wholeStore) wholeStore { return txStore{s, wrap} }
}
