// Command testreport reads what go test -json writes and prints what a person
// wants to know of it: each package, the output of what failed, why tests were
// skipped, how many tests ran against each back end, and a last line of totals.
// It fails when a test did, or, with -every-backend, when a back end had none.
// With SKIP_SERVERS=1 in the environment, those that need a server may have none:
// the last line says so.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	every := flag.Bool("every-backend", false, "fail when no test ran against one of the back ends")
	flag.Parse()
	r := newReport(os.Stdout)
	r.withoutServers = os.Getenv("SKIP_SERVERS") == "1"
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !r.summarise(*every) {
		os.Exit(1)
	}
}
