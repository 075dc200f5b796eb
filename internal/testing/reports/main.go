// Command testreport reads what go test -json writes and prints what a person
// wants to know of it: each package, the output of what failed, why tests were
// skipped, how many tests ran against each back end, and a last line of totals.
// It fails when a test did, or, with -every-backend, when a back end had none.
// With -reliability it writes which fault or threat which tests have shown to be
// survived, and fails when one is without. With SKIP_SERVERS=1 in the environment, those that need a server may have none:
// the last line says so.
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
	r.withoutServers = os.Getenv("SKIP_SERVERS") == "1"
	var err error
	if *file != "" {
		err = r.cover(*file)
	}
	if err == nil {
		err = r.read(os.Stdin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !r.summarise(*every) {
		os.Exit(1)
	}
}
