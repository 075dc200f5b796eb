package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/10ex/assets"

// moduleRoot is the folder of the root module.
const moduleRoot = "../../.."

// goPackage is a package as go list tells of it.
type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string // all that it imports, directly or not
}

// importRule says of the packages that match which ones they may, or may not,
// import. Paths within the module are relative to it, the root is ".".
type importRule struct {
	packages *regexp.Regexp
	only     *regexp.Regexp // of the module: all that it imports
	never    *regexp.Regexp // of anybody: nothing of it may come with it
}

// Who may import whom. A package of the module that no rule with "only" names
// fails the test: it is to be placed.
var importTable = []importRule{
	{packages: full(`\.`), only: full(`internal/(readahead|canonjson|searchwords|id|rendition|signed|sniff)`), never: full(`database/sql.*|net/http|gocloud\.dev/.*|github\.com/uptrace/.*`)},
	{packages: full(`internal/(canonjson|searchwords|id|readahead|rendition|signed|sniff|filesys)|internal/testing/(house|oracle|e2e|rapidtest|badinput|faults|isolation|lists|modeltest|races|upgrade)`), only: full(`none`)},
	{packages: full(`internal/testing/reports`), only: full(`internal/testing/reports/reliability`)},
	{packages: full(`internal/testing/(reports/reliability|testproc)`), only: full(`none`)},
	{packages: full(`internal/testing/(pgtest|s3test)`), only: full(`internal/testing/testproc`)},
	{packages: full(`internal/testing/sqltest`), only: full(`\.|apikey`)},
	{packages: full(`internal/testing/bulkdata`), only: full(`\.|export`)},
	{packages: full(`internal/testing/backends`), only: full(`\.|apikey|approval|blob|export|internal/testing/pgtest|store|store/(memory|postgres|sqlite)|versioning`)},
	{packages: full(`internal/testing/fixture`), only: full(`\.|assetstest|blob`)},
	{packages: full(`internal/testing/workload`), only: full(`\.|blob`)},
	{packages: full(`internal/wire`), only: full(`\.|internal/canonjson`)},
	{packages: full(`internal/rest`), only: full(`\.|internal/(canonjson|wire)`)},
	{packages: full(`internal/apidoc`), only: full(`\.|export|internal/rest`)},
	{packages: full(`internal/testing/crashfs`), only: full(`internal/filesys`)},
	{packages: full(`approval|versioning`), only: full(`\.`), never: full(`database/sql.*|net/http`)},
	{packages: full(`apikey`), only: full(`\.`), never: full(`database/sql.*|net/http`)},
	{packages: full(`export`), only: full(`\.|internal/readahead`), never: full(`database/sql.*|net/http|gocloud\.dev/.*`)},
	{packages: full(`internal/blobio`), only: full(`\.`)},
	{packages: full(`blob/bucket`), only: full(`\.|blob|internal/blobio`)},
	{packages: full(`blob`), only: full(`\.|internal/(blobio|filesys)`), never: full(`gocloud\.dev/.*|google\.golang\.org/grpc.*`)},
	{packages: full(`store`), only: full(`\.|apikey|blob|export|store/migrations`), never: full(`modernc\.org/.*|github\.com/jackc/.*|gocloud\.dev/.*`)},
	{packages: full(`store/migrations`), only: full(`none`)},
	{packages: full(`store/memory`), only: full(`\.|apikey|blob|export`)},
	{packages: full(`store/(sqlite|postgres)`), only: full(`\.|apikey|blob|export|store`)},
	{packages: full(`httpx`), only: full(`\.|export|internal/(readahead|canonjson|rest|apidoc|wire)`), never: full(`github\.com/uptrace/.*`)},
	{packages: full(`mcpx`), only: full(`\.|export|internal/(rest|apidoc|wire)`), never: full(`github\.com/uptrace/.*`)},
	{packages: full(`assetstest`), only: full(`\.|approval|apikey|blob|export|versioning|store/memory`)},
	{packages: full(`examples/embedded`), only: full(`\.|approval|blob|store/memory|versioning`)},
	{packages: full(`examples/hosttx`), only: full(`\.|approval|blob|store|store/(postgres|sqlite)|versioning`)},
	{packages: full(`examples/quickstart`), only: full(`\.|approval|blob|httpx|store/memory|versioning`)},
	{packages: full(`examples/mount`), only: full(`\.|apikey|approval|blob|httpx|store/memory|versioning`)},
	{packages: full(`examples/server`), only: full(`\.|apikey|blob|examples/internal/program|store|store/sqlite`)},
	{packages: full(`examples/internal/program`), only: full(`\.|apikey|approval|blob|export|httpx|mcpx|store|store/postgres|versioning`)},
	{packages: full(`.*`), never: full(`gocloud\.dev/blob/(s3|gcs|azure)blob|cloud\.google\.com/.*|github\.com/aws/.*|github\.com/Azure/.*`)},
}

func TestWhoMayImportWhom(t *testing.T) {
	t.Parallel()
	edges, stores := full(`httpx|mcpx`), full(`store/(memory|sqlite|postgres)`)
	for _, p := range goList(t) {
		if !p.obeys(t) {
			t.Errorf("%s has no place in the table of imports", p.ImportPath)
		}
		// Once more from the other side: examples and tests alone bring an edge or two
		// stores with them.
		if strings.HasPrefix(p.ImportPath, "examples/") || p.ImportPath == "internal/testing/backends" {
			continue
		}
		with := map[string]bool{}
		for _, dep := range append(p.Deps, modulePath+"/"+p.ImportPath) {
			within, _ := withinModule(dep)
			if edges.MatchString(within) && within != p.ImportPath {
				t.Errorf("%s depends on the edge %s", p.ImportPath, within)
			}
			if stores.MatchString(within) {
				with[within] = true
			}
		}
		if len(with) > 1 {
			t.Errorf("%s depends on %v", p.ImportPath, slices.Sorted(maps.Keys(with)))
		}
	}
}

// obeys checks p against every rule about it and answers whether one says
// what it may import.
func (p goPackage) obeys(t *testing.T) (placed bool) {
	t.Helper()
	for _, r := range importTable {
		if !r.packages.MatchString(p.ImportPath) {
			continue
		}
		placed = placed || r.only != nil
		for _, imported := range p.Imports {
			if within, ok := withinModule(imported); ok && r.only != nil && !r.only.MatchString(within) {
				t.Errorf("%s imports %s", p.ImportPath, within)
			}
		}
		for _, dep := range p.Deps {
			if r.never != nil && r.never.MatchString(dep) {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
	return placed
}

// goList answers the packages of the module, by their path within it.
func goList(t *testing.T) []goPackage {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir, cmd.Stderr = moduleRoot, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var ours []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if within, ok := withinModule(p.ImportPath); ok {
			p.ImportPath = within
			ours = append(ours, p)
		}
	}
	if len(ours) == 0 {
		t.Fatal("go list has none of our packages")
	}
	return ours
}

// withinModule answers the path of a package within the module.
func withinModule(path string) (string, bool) {
	if path == modulePath {
		return ".", true
	}
	return strings.CutPrefix(path, modulePath+"/")
}

// full matches whole paths.
func full(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(` + pattern + `)$`) }
