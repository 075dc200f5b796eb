package main

import (
	"fmt"
	"regexp"
	"strings"
)

const module = "github.com/10ex/assets"

// backend knows the tests that ran against it, by package and test name such
// as "store/sqlite.TestStore/file/list". A test says by an element of its name
// what it runs against.
type backend struct {
	name  string
	tests *regexp.Regexp
}

func backends() []backend {
	return []backend{
		{"memory store", regexp.MustCompile(`^store/memory\.|^(httpx|examples/embedded)?\..*/memory(/|$)`)},
		{"SQLite file", regexp.MustCompile(`^store/sqlite\..*/file(/|$)|^examples/server\.|^(httpx)?\..*/sqlite[^/]*(/|$)`)},
		{"SQLite in memory", regexp.MustCompile(`^store/sqlite\..*/memory(/|$)`)},
		{"blob folder", regexp.MustCompile(`^blob\..*/dir[^/]*(/|$)|^examples/server\.|/sqlite-full-sync(/|$)`)},
		{"blob in memory", regexp.MustCompile(`^blob\..*/memory(/|$)`)},
	}
}

func (r *report) countBackends(pkg, test string) {
	name := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/") + "." + test
	for _, b := range backends() {
		if b.tests.MatchString(name) {
			r.ran[b.name]++
		}
	}
}

// summariseBackends prints how many tests ran against each back end and
// answers whether none was left out.
func (r *report) summariseBackends() bool {
	fmt.Fprintln(r.out, "\ntests by back end:")
	complete := true
	for _, b := range backends() {
		fmt.Fprintf(r.out, "  %-18s %6d\n", b.name, r.ran[b.name])
		complete = complete && r.ran[b.name] > 0
	}
	return complete
}
