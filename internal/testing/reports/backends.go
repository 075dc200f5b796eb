package main

import (
	"regexp"
	"strings"
)

const module = "github.com/10ex/assets"

// backend knows the tests that ran against it, by package and test name such
// as "store/sqlite.TestStore/file/list". A package that is about one back end
// is known by its path; elsewhere an element of the name says it. A test
// of httpx or mcpx without subtests runs in memory.
type backend struct {
	name   string
	tests  *regexp.Regexp
	server bool // needs a program that runs beside the tests
}

// Every test of the root and of the campaigns that names a back end runs on one of
// package internal/testing/backends: memory, sqlite and postgres keep their content
// in memory, sqlite-full-sync in a folder.
func backends() []backend {
	const served = `^examples/server\.Test(Commands|EXP|Export|Life|LOG|Public|Readme|Restart|Shutdown|Two|Volume)[^/]*(/sqlite|$)`
	return []backend{
		{"memory store", regexp.MustCompile(`^store/memory\.|^(httpx|internal/testing/[a-z]+)?\..*/memory(/|$)|^(httpx|mcpx)\.[^/]*$|^examples/embedded\.|^blob\.TestArchives/`), false},
		{"SQLite file", regexp.MustCompile(`^internal/testing/e2e\..*/sqlite(/|$)|^store/sqlite\.(.*/file(/|$)|[^/]*$)|^(store|httpx|internal/testing/[a-z]+)?\..*/sqlite[^/]*(/|$)|^blob/s3\.TestArchives/|` + served), false},
		{"SQLite in memory", regexp.MustCompile(`^store/sqlite\..*/memory(/|$)`), false},
		{"PostgreSQL", regexp.MustCompile(`^internal/testing/e2e\..*/postgres(/|$)|^store/postgres\.|^(store|httpx|examples/[a-z]+|internal/testing/[a-z]+)?\..*/postgres(/|$)|^examples/cloud\.Test[^U]`), true},
		{"blob folder", regexp.MustCompile(`^internal/testing/e2e\..*/(sqlite|postgres)(/|$)|^blob\..*/dir(/|$)|^store/sqlite\..*/archives/|^(internal/testing/[a-z]+)?\..*/sqlite-full-sync(/|$)|` + served), false},
		{"S3", regexp.MustCompile(`^blob/s3\.Test(Archives|Blobs|CRA|Listing|Parts|UPL|Volume)|^examples/cloud\.Test[^U]|^internal/testing/cloudtest\.`), true},
		{"MCP clients", regexp.MustCompile(`^examples/server\.TestTools(ByThe|Conform)`), false},
		{"blob in memory", regexp.MustCompile(`^blob\..*/memory(/|$)|^store/(memory\.TestArchives|postgres\..*/archives)/|^(internal/testing/(badinput|faults|isolation|lists|modeltest|races))?\..*/(memory|sqlite|postgres)(/|$)`), false},
	}
}

// countBackends counts a test that passed, and notes which rows of
// docs/reliability.md it is of.
func (r *report) countBackends(pkg, test string) {
	pkg = strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	var on []string
	for _, b := range backends() {
		if b.tests.MatchString(pkg + "." + test) {
			r.ran[b.name]++
			on = append(on, b.name)
		}
	}
	if r.reliability != nil {
		if pkg == "" {
			pkg = "assets"
		}
		r.reliability.Passed(pkg, test, on)
	}
}

// summariseBackends prints how many tests ran against each back end and
// answers whether none was left out. Without servers, those that need one may
// be.
func (r *report) summariseBackends() bool {
	r.printf("\ntests by back end:\n")
	complete := true
	for _, b := range backends() {
		r.printf("  %-18s %6d\n", b.name, r.ran[b.name])
		if b.server && r.ran[b.name] == 0 && r.withoutServers {
			r.untested = append(r.untested, b.name)
			continue
		}
		complete = complete && r.ran[b.name] > 0
	}
	return complete
}
