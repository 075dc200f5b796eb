// Command reports reads the output of go test -json and prints each package, the
// output of failed tests, why tests were skipped, the number of tests that ran
// against each back end, and a last line of totals. It fails if a test failed or,
// with -every-backend, if a back end had no test. With -reliability it writes
// docs/reliability.md, the table of faults and threats and the tests about them,
// and fails if a row has no test. With SKIP_SERVERS=1 in the environment, back
// ends that need a server may have no test; the last line then names them. With
// ASSETS_TEST_ALL=1, those that only make test-all tests are listed too.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	every := flag.Bool("every-backend", false, "fail when no test ran against one of the back ends")
	file := flag.String("reliability", "", "write docs/reliability.md to this `file`, and fail when a row has no test")
	flag.Parse()
	r := newReport(os.Stdout)
	r.long = os.Getenv("ASSETS_TEST_ALL") == "1"
	r.withoutServers = os.Getenv("SKIP_SERVERS") == "1"
	var err error
	if *file != "" {
		err = r.cover(*file)
	}
	if err == nil {
		err = r.read(os.Stdin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reports:", err)
		os.Exit(1)
	}
	if !r.summarise(*every) {
		os.Exit(1)
	}
}
