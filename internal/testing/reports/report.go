package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/10ex/assets/internal/testing/reports/reliability"
)

// event is a line of go test -json; see go doc cmd/test2json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// result is the outcome of one test or package.
type result struct {
	output   strings.Builder
	parent   bool // it has subtests, which are counted in its place
	failures int  // of its subtests, or of the package's tests
}

type report struct {
	out     io.Writer
	running map[string]*result // by package and test; a package has no test
	builds  map[string]*strings.Builder
	ran     map[string]int // by back end
	skips   []string

	reliability     *reliability.Table // nil without -reliability
	reliabilityFile string

	long           bool     // ASSETS_TEST_ALL=1
	withoutServers bool     // SKIP_SERVERS=1
	untested       []string // the back ends that had no test because of it

	passed, failed, skipped int
}

func newReport(out io.Writer) *report {
	return &report{out: out, running: map[string]*result{}, builds: map[string]*strings.Builder{}, ran: map[string]int{}}
}

// printf writes to the terminal and ignores write errors.
func (r *report) printf(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format, args...) }

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		r.printf("%s", line) // a message of the go command itself
		return
	}
	switch e.Action {
	case "build-output":
		r.build(e.ImportPath).WriteString(e.Output)
	case "build-fail":
		r.printf("%s", r.build(e.ImportPath))
	case "output":
		r.at(e.Package, e.Test).output.WriteString(e.Output)
	case "run":
		if parent := parentOf(e.Test); parent != "" {
			r.at(e.Package, parent).parent = true
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.packageEnded(e)
			return
		}
		r.testEnded(e)
	}
}

func (r *report) build(path string) *strings.Builder {
	if r.builds[path] == nil {
		r.builds[path] = &strings.Builder{}
	}
	return r.builds[path]
}

func (r *report) at(pkg, test string) *result {
	key := pkg + "\n" + test
	if r.running[key] == nil {
		r.running[key] = &result{}
	}
	return r.running[key]
}

func (r *report) end(e event) *result {
	ended := r.at(e.Package, e.Test)
	delete(r.running, e.Package+"\n"+e.Test)
	return ended
}

// testEnded counts a test. A test with subtests is counted only if it failed
// without a failed subtest.
func (r *report) testEnded(e event) {
	ended := r.end(e)
	if e.Action == "fail" {
		r.printf("%s", &ended.output)
		r.at(e.Package, parentOf(e.Test)).failures++
		if ended.failures == 0 {
			r.failed++
		}
		return
	}
	if ended.parent {
		return
	}
	if e.Action == "skip" {
		r.skipped++
		r.skips = append(r.skips, e.Package+" "+e.Test+": "+reason(ended.output.String()))
		return
	}
	r.passed++
	r.countBackends(e.Package, e.Test)
}

func (r *report) packageEnded(e event) {
	ended := r.end(e)
	switch e.Action {
	case "pass":
		r.printf("ok   %s  %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		if ended.failures == 0 { // it did not build, or failed outside of a test
			r.failed++
			r.printf("%s", &ended.output)
		}
		r.printf("FAIL %s  %.1fs\n", e.Package, e.Elapsed)
	}
}

// summarise prints the totals and reports whether the run succeeded.
func (r *report) summarise(everyBackend bool) bool {
	if len(r.skips) > 0 {
		r.printf("\nskipped:\n  %s\n", strings.Join(r.skips, "\n  "))
	}
	complete := r.summariseBackends() || !everyBackend
	if !complete {
		r.printf("FAIL: a back end had no test\n")
	}
	if r.passed+r.failed == 0 {
		r.printf("FAIL: no test ran\n")
		complete = false
	}
	complete = r.summariseReliability() && complete
	r.printf("\n%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	if len(r.untested) > 0 {
		r.printf("SKIP_SERVERS=1: NOT TESTED on %s\n", strings.Join(r.untested, ", "))
	}
	return complete && r.failed == 0
}

// reason returns the message of t.Skip in a test's output.
func reason(output string) string {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no reason given"
}

// parentOf returns the name of the test that a subtest belongs to, or "".
func parentOf(test string) string { return test[:max(strings.LastIndexByte(test, '/'), 0)] }
