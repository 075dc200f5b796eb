package main

import (
	"regexp"
	"strings"
)

const module = "github.com/10ex/assets"

// backend is what tests run against. The tests are recognized by package and
// name, such as "store/sqlite.TestStore/file/list": a package that tests one back
// end by its path, other tests by an element of their name. A test of httpx or
// mcpx without subtests runs in memory.
type backend struct {
	name   string
	tests  *regexp.Regexp
	server bool // the tests need a server that is a program of its own
	long   bool // the tests only run in make test-all
}

// backends returns every back end. Tests of the root and of internal/testing that
// name a back end run on one of internal/testing/backends: memory, sqlite and postgres
// keep content in memory, sqlite-full-sync in a folder.
func backends() []backend {
	const served = `^internal/testing/e2e/server\.Test(Commands|Curl|Export|Life|No|Public|Readme|Restart|Shutdown|Two|Volume)[^/]*(/sqlite|$)`
	const cloud = `^examples/cloud\.Test(Cursor|Key|Revoked|Two|Volume(Failover|Killed|Soak))`
	const versions = `^store/postgres\.TestVolumeVersions/`
	return []backend{
		{name: "memory store", tests: regexp.MustCompile(`^store/memory\.|^(httpx|internal/testing/[a-z]+)?\..*/memory(/|$)|^(httpx|mcpx|internal/testing/previews)\.[^/]*$|^examples/embedded\.|^blob\.TestArchives/`)},
		{name: "SQLite file", tests: regexp.MustCompile(`^internal/testing/e2e\..*/sqlite(/|$)|^store/sqlite\.(.*/file(/|$)|[^/]*$)|^(store|httpx|internal/testing/[a-z]+)?\..*/sqlite[^/]*(/|$)|^blob/s3\.TestArchives/|` + served)},
		{name: "SQLite in memory", tests: regexp.MustCompile(`^store/sqlite\..*/memory(/|$)`)},
		{name: "PostgreSQL", tests: regexp.MustCompile(`^internal/testing/e2e\..*/postgres(/|$)|^store/postgres\.Test([^V]|V[^o]|Volume[^V])|^(store|httpx|examples/[a-z]+|internal/testing/[a-z]+|internal/testing/e2e/server)?\..*/postgres(/|$)|` + cloud + `|^examples/cloud\.TestLife`), server: true},
		{name: "PostgreSQL 18", tests: regexp.MustCompile(versions + `18/`), server: true},
		{name: "PostgreSQL 17", tests: regexp.MustCompile(versions + `17/`), server: true, long: true},
		{name: "PostgreSQL 16", tests: regexp.MustCompile(versions + `16/`), server: true, long: true},
		{name: "blob folder", tests: regexp.MustCompile(`^internal/testing/e2e\..*/(sqlite|postgres)(/|$)|^blob\..*/dir(/|$)|^store/sqlite\..*/archives/|^(internal/testing/[a-z]+)?\..*/sqlite-full-sync(/|$)|` + served)},
		{name: "S3", tests: regexp.MustCompile(`^blob/s3\.Test(Archives|Blobs|Failed|Listing|Parts|Sweep|TooLarge|Upload|Volume)|` + cloud + `|^examples/cloud\.TestLife[^/]*/s3$|^internal/testing/cloudtest\.`), server: true},
		{name: "Azure", tests: regexp.MustCompile(`^examples/cloud\..*/azure(/|$)`), server: true},
		{name: "GCS", tests: regexp.MustCompile(`^examples/cloud\..*/gcs(/|$)`), server: true},
		{name: "MCP clients", tests: regexp.MustCompile(`^internal/testing/e2e/server\.TestTools(ByThe|Conform)`)},
		{name: "blob in memory", tests: regexp.MustCompile(`^blob\..*/memory(/|$)|^store/(memory\.TestArchives|postgres\..*/archives)/|^(internal/testing/(badinput|faults|isolation|lists|modeltest|races))?\..*/(memory|sqlite|postgres)(/|$)`)},
	}
}

// countBackends counts a test that passed for its back ends and for the rows of
// docs/reliability.md that it names.
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

// summariseBackends prints the number of tests that ran against each back end and
// reports whether each had one. Without servers, a back end that needs one may
// have none. Those of long runs are left out of others.
func (r *report) summariseBackends() bool {
	r.printf("\ntests by back end:\n")
	complete := true
	for _, b := range backends() {
		if b.long && !r.long {
			continue
		}
		r.printf("  %-18s %6d\n", b.name, r.ran[b.name])
		if b.server && r.ran[b.name] == 0 && r.withoutServers {
			r.untested = append(r.untested, b.name)
			continue
		}
		complete = complete && r.ran[b.name] > 0
	}
	return complete
}
