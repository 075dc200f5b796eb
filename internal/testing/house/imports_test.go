package house_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// importRule lists what packages may import of the project. Paths are relative
// to the root module, the root package is ".". Lists are separated by spaces.
type importRule struct {
	packages string
	only     string         // all that they may import of the project
	never    *regexp.Regexp // what they must not depend on, directly or indirectly
}

const examplesLibrary = ". approval blob store/memory versioning"

// importTable has each package of the project in one rule.
// docs/architecture.md shows it.
var importTable = []importRule{
	{packages: ".", only: "internal/admission internal/broadcast internal/canonjson internal/searchwords internal/id internal/rendition internal/requestlog internal/ring internal/sealed internal/signed internal/sniff internal/worddiff", never: full(`database/sql.*|net/http|gocloud\.dev/.*|github\.com/uptrace/.*`)},
	{packages: "approval versioning", only: ".", never: full(`database/sql.*|net/http`)},
	{packages: "apikey attest webhook/record", only: ".", never: full(`database/sql.*|net/http`)},
	{packages: "export", only: ". attest internal/readahead internal/signed", never: full(`database/sql.*|net/http|gocloud\.dev/.*`)},
	{packages: "blob", only: ". internal/blobio internal/filesys", never: full(`gocloud\.dev/.*|google\.golang\.org/grpc.*`)},
	{packages: "blob/bucket", only: ". blob internal/blobio"},
	{packages: "blob/s3", only: ". blob blob/bucket"},
	{packages: "assetsotel eventpub", only: "."},
	{packages: "webhook", only: ". internal/canonjson internal/id webhook/record", never: full(`database/sql.*`)},
	{packages: "store", only: ". apikey blob export internal/broadcast webhook/record", never: full(`modernc\.org/.*|github\.com/jackc/.*|gocloud\.dev/.*`)},
	{packages: "store/memory", only: ". apikey blob export internal/broadcast webhook/record"},
	{packages: "store/sqlite store/postgres", only: ". apikey blob export store"},
	{packages: "httpx", only: ". attest export internal/readahead internal/canonjson internal/rest internal/apidoc internal/wire webhook webhook/record", never: full(`github\.com/uptrace/.*`)},
	{packages: "httpx/review", only: ". export httpx internal/requestlog internal/rest", never: full(`github\.com/uptrace/.*`)},
	{packages: "mcpx", only: ". export internal/requestlog internal/rest internal/apidoc internal/wire", never: full(`github\.com/uptrace/.*`)},
	{packages: "assetstest", only: ". approval apikey blob export versioning store/memory webhook/record"},
	{packages: "internal/blobio", only: "."},
	{packages: "internal/admission internal/broadcast internal/canonjson internal/searchwords internal/id internal/readahead internal/rendition internal/requestlog internal/ring internal/signed internal/sniff internal/filesys internal/worddiff examples/hostdb/internal/campaigns"},
	{packages: "internal/sealed", only: "internal/signed"},
	{packages: "internal/wire", only: ". internal/canonjson"},
	{packages: "internal/rest", only: ". internal/canonjson internal/requestlog internal/sniff internal/wire"},
	{packages: "internal/apidoc", only: ". export internal/rest webhook webhook/record"},
	{packages: "internal/testing/badinput internal/testing/bench internal/testing/corpus internal/testing/faults internal/testing/following internal/testing/hostile internal/testing/house internal/testing/isolation internal/testing/lists internal/testing/modeltest internal/testing/races internal/testing/release internal/testing/reviewpage internal/testing/upgrade internal/testing/wrapped"},
	{packages: "internal/testing/oracle internal/testing/rapidtest internal/testing/testproc"},
	{packages: "internal/testing/backends", only: ". apikey approval blob export internal/testing/sqltest store store/memory store/postgres store/sqlite versioning"},
	{packages: "internal/testing/fixture", only: ". assetstest blob"},
	{packages: "internal/testing/attested", only: ". assetstest attest export"},
	{packages: "internal/testing/previews internal/testing/restisolation internal/testing/restparity"},
	{packages: "internal/testing/resttest", only: ". apikey approval blob export httpx internal/testing/backends internal/testing/exchange store/memory versioning webhook"},
	{packages: "internal/testing/pgtest internal/testing/s3test internal/testing/azuretest internal/testing/gcstest internal/testing/chromium", only: "internal/testing/testproc"},
	{packages: "internal/testing/reports", only: "internal/testing/reports/reliability"},
	{packages: "internal/testing/reports/reliability"},
	{packages: "internal/testing/crashfs", only: "internal/filesys"},
	{packages: "internal/testing/sqltest", only: ". apikey internal/testing/bulkdata internal/testing/pgtest store store/postgres store/sqlite"},
	{packages: "internal/testing/bulkdata", only: ". export store"},
	{packages: "internal/testing/workload", only: ". blob"},
	{packages: "internal/testing/exchange"},
	{packages: "internal/testing/mounttest", only: examplesLibrary + " httpx httpx/review internal/testing/chromium internal/testing/testproc"},
	{packages: "internal/testing/minhost", only: ". approval blob store store/sqlite versioning"},
	{packages: "internal/testing/minhost/rest", only: ". approval blob httpx store store/sqlite versioning"},
	{packages: "internal/testing/clients internal/testing/cloudtest internal/testing/contract internal/testing/deploy internal/testing/e2e internal/testing/e2e/server internal/testing/verifiers"},
	{packages: "examples/embedded", only: examplesLibrary},
	{packages: "examples/browsers examples/quickstart", only: examplesLibrary + " httpx"},
	{packages: "examples/mount examples/routers", only: examplesLibrary + " apikey httpx"},
	{packages: "examples/hostdb examples/hosttx", only: ". approval blob examples/hostdb/internal/campaigns store store/postgres store/sqlite versioning"},
	{packages: "examples/campaign", only: ". approval blob httpx store store/postgres store/sqlite versioning webhook"},
	{packages: "examples/server", only: "internal/examples/datafolder internal/examples/servercmd"},
	{packages: "examples/cloud", only: ". apikey attest blob blob/bucket blob/s3 internal/examples/servercmd store store/postgres"},
	{packages: "internal/examples/servercmd", only: ". apikey approval attest blob export httpx httpx/review internal/examples/demo mcpx store store/postgres versioning webhook"},
	{packages: "internal/examples/demo", only: "."},
	{packages: "internal/examples/datafolder", only: ". apikey attest blob internal/examples/servercmd store store/sqlite"},
}

// cloudDrivers are what a host imports itself. No package of the root module
// depends on them, so nobody downloads them who does not use them.
var cloudDrivers = full(`gocloud\.dev/blob/(s3|gcs|azure)blob|cloud\.google\.com/.*|github\.com/aws/.*|github\.com/Azure/.*`)

func TestWhoMayImportWhom(t *testing.T) {
	t.Parallel()
	packages, rules := goList(t), rulesByPackage(t)
	for path := range rules {
		if _, ok := packages[path]; !ok {
			t.Errorf("the table of imports names %s, and there is no such package", path)
		}
	}
	for path, p := range packages {
		r, ok := rules[path]
		if !ok {
			t.Errorf("%s has no rule in the table of imports", path)
			continue
		}
		for _, imported := range p.Imports {
			if within, ok := withinProject(imported); ok && !slices.Contains(strings.Fields(r.only), within) {
				t.Errorf("%s imports %s, and the table does not allow it", path, within)
			}
		}
		for _, dep := range p.Deps {
			if r.never != nil && r.never.MatchString(dep) || p.Module.Path == modulePath && cloudDrivers.MatchString(dep) {
				t.Errorf("%s depends on %s, directly or indirectly", path, dep)
			}
		}
	}
}

// TestOnlyExamplesChoose: no package depends on httpx or mcpx, and none depends
// on two stores. Examples and packages for tests may, and the page for reviews, which is
// part of the edge, is made of httpx.
func TestOnlyExamplesChoose(t *testing.T) {
	t.Parallel()
	edges, stores := full(`httpx|mcpx`), full(`store/(memory|sqlite|postgres)`)
	free := full(`(internal/)?examples/.*|internal/testing/.*`)
	for path, p := range goList(t) {
		if free.MatchString(path) {
			continue
		}
		with := map[string]bool{}
		for _, dep := range append(p.Deps, p.ImportPath) {
			within, _ := withinProject(dep)
			if edges.MatchString(within) && within != path && path != "httpx/review" {
				t.Errorf("%s depends on the edge %s", path, within)
			}
			if stores.MatchString(within) {
				with[within] = true
			}
		}
		if len(with) > 1 {
			t.Errorf("%s depends on %v, more than one store", path, slices.Sorted(maps.Keys(with)))
		}
	}
}

// rulesByPackage returns the rule of each package that importTable names.
func rulesByPackage(t *testing.T) map[string]importRule {
	t.Helper()
	rules := map[string]importRule{}
	for _, r := range importTable {
		for path := range strings.FieldsSeq(r.packages) {
			if _, ok := rules[path]; ok {
				t.Errorf("the table of imports has two rules for %s", path)
			}
			rules[path] = r
		}
	}
	return rules
}

// full compiles a pattern that matches whole paths.
func full(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(` + pattern + `)$`) }
