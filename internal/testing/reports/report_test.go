package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/10ex/assets/internal/testing/reports/reliability"
)

// stream is what go test -json would write of these events.
func stream(t *testing.T, events ...event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func TestReport(t *testing.T) {
	t.Parallel()
	const store, approval = module + "/store/sqlite", module + "/approval"
	in := stream(
		t,
		event{Action: "run", Package: store, Test: "TestStore"},
		event{Action: "run", Package: store, Test: "TestStore/file"},
		event{Action: "output", Package: store, Test: "TestStore/file", Output: "said by a test that passes\n"},
		event{Action: "pass", Package: store, Test: "TestStore/file"},
		event{Action: "run", Package: store, Test: "TestStore/memory"},
		event{Action: "output", Package: store, Test: "TestStore/memory", Output: "    store_test.go:7: wrong\n"},
		event{Action: "fail", Package: store, Test: "TestStore/memory"},
		event{Action: "output", Package: store, Test: "TestStore", Output: "--- FAIL: TestStore\n"},
		event{Action: "fail", Package: store, Test: "TestStore"},
		event{Action: "fail", Package: store, Elapsed: 1.25},
		event{Action: "run", Package: approval, Test: "TestPolicy"},
		event{Action: "output", Package: approval, Test: "TestPolicy", Output: "=== RUN   TestPolicy\n"},
		event{Action: "output", Package: approval, Test: "TestPolicy", Output: "    policy_test.go:9: needs curl\n"},
		event{Action: "skip", Package: approval, Test: "TestPolicy"},
		event{Action: "pass", Package: approval, Elapsed: 0.5},
		event{Action: "build-output", ImportPath: "broken", Output: "broken.go:1:1: expected package\n"},
		event{Action: "build-fail", ImportPath: "broken"},
		event{Action: "output", Package: "broken", Output: "FAIL broken [build failed]\n"},
		event{Action: "fail", Package: "broken"},
	)
	want := `    store_test.go:7: wrong
--- FAIL: TestStore
FAIL github.com/10ex/assets/store/sqlite  1.2s
ok   github.com/10ex/assets/approval  0.5s
broken.go:1:1: expected package
FAIL broken [build failed]
FAIL broken  0.0s

skipped:
  github.com/10ex/assets/approval TestPolicy: policy_test.go:9: needs curl

tests by back end:
  memory store            0
  SQLite file             1
  SQLite in memory        0
  PostgreSQL              0
  PostgreSQL 18           0
  blob folder             0
  S3                      0
  Azure                   0
  GCS                     0
  MCP clients             0
  blob in memory          0

1 passed, 2 failed, 1 skipped
`
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if r.summarise(false) {
		t.Error("failed tests are no success")
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
}

func TestSuccess(t *testing.T) {
	t.Parallel()
	all := []event{
		{Action: "pass", Package: module + "/store/memory", Test: "TestStore/list"},
		{Action: "pass", Package: module + "/store/postgres", Test: "TestStore/list"},
		{Action: "pass", Package: module + "/store/sqlite", Test: "TestStore/file/list"},
		{Action: "pass", Package: module + "/store/sqlite", Test: "TestStore/memory/list"},
		{Action: "pass", Package: module + "/blob", Test: "TestBlobs/dir/put"},
		{Action: "pass", Package: module + "/blob", Test: "TestBlobs/memory/put"},
		{Action: "pass", Package: module + "/blob/s3", Test: "TestBlobs/put"},
		{Action: "pass", Package: module + "/store/postgres", Test: "TestVolumeVersions/18/TestConformance/store/list"},
		{Action: "pass", Package: module + "/examples/cloud", Test: "TestBlobsOfClouds/azure/put"},
		{Action: "pass", Package: module + "/examples/cloud", Test: "TestBlobsOfClouds/gcs/put"},
		{Action: "pass", Package: module + "/internal/testing/e2e/server", Test: "TestToolsConform"},
	}
	without := func(test string) []event {
		return slices.DeleteFunc(slices.Clone(all), func(e event) bool { return e.Test == test })
	}
	for _, c := range []struct {
		name   string
		events []event
		every  bool
		want   bool
	}{
		{"every back end", all, true, true},
		{"PostgreSQL 18 is missing", without("TestVolumeVersions/18/TestConformance/store/list"), true, false},
		{"Azure is missing", without("TestBlobsOfClouds/azure/put"), true, false},
		{"Google Cloud Storage is missing", without("TestBlobsOfClouds/gcs/put"), true, false},
		{"one is missing", all[1:], true, false},
		{"one may be missing", all[1:], false, true},
		{"a server is missing", slices.Delete(slices.Clone(all), 1, 2), true, false},
		{"no test at all", nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newReport(t.Output())
			if err := r.read(strings.NewReader(stream(t, c.events...))); err != nil {
				t.Fatal(err)
			}
			if got := r.summarise(c.every); got != c.want {
				t.Errorf("success is %v", got)
			}
		})
	}
}

// TestLongRunsHaveMoreBackends: PostgreSQL 16 and 17 are required in make test-all only.
func TestLongRunsHaveMoreBackends(t *testing.T) {
	t.Parallel()
	for _, long := range []bool{false, true} {
		var out strings.Builder
		r := newReport(&out)
		r.long = long
		r.summarise(false)
		for _, name := range []string{"PostgreSQL 16", "PostgreSQL 17"} {
			if strings.Contains(out.String(), name) != long {
				t.Errorf("a long run: %t, the report:\n%s", long, &out)
			}
		}
	}
}

func TestSkippedServersAreSaidLast(t *testing.T) {
	t.Parallel()
	var in []event
	for _, test := range []string{"store/memory.TestStore/a", "store/sqlite.TestStore/file/a", "store/sqlite.TestStore/memory/a", "blob.TestBlobs/dir/a", "blob.TestBlobs/memory/a", "internal/testing/e2e/server.TestToolsConform"} {
		pkg, name, _ := strings.Cut(test, ".")
		in = append(in, event{Action: "pass", Package: module + "/" + pkg, Test: name})
	}
	var out strings.Builder
	r := newReport(&out)
	r.withoutServers = true
	if err := r.read(strings.NewReader(stream(t, in...))); err != nil {
		t.Fatal(err)
	}
	if !r.summarise(true) || !strings.HasSuffix(out.String(), "\nSKIP_SERVERS=1: NOT TESTED on PostgreSQL, PostgreSQL 18, S3, Azure, GCS\n") {
		t.Errorf("the report:\n%s", &out)
	}
}

// TestReliability writes the table after a whole run, and fails instead when a
// row has lost its test or the run was not whole.
func TestReliability(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	file := filepath.Join(project, "docs", "reliability.md")
	for name, text := range map[string]string{file: "", filepath.Join(project, "store", "memory", "crash_test.go"): "func TestCRA01Shown(t *testing.T) {}"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := reliability.Rows()
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	for _, row := range rows {
		all = append(all, event{Action: "pass", Package: module + "/store/memory", Test: "Test" + strings.ReplaceAll(row.ID, "-", "") + "Shown"})
	}
	run := func(t *testing.T, events ...event) (ok bool, said string) {
		t.Helper()
		var out strings.Builder
		r := newReport(&out)
		if err := r.cover(file); err != nil {
			t.Fatal(err)
		}
		if err := r.read(strings.NewReader(stream(t, events...))); err != nil {
			t.Fatal(err)
		}
		return r.summarise(false), out.String()
	}
	if ok, said := run(t, append(all, event{Action: "fail", Package: module, Test: "TestOther"})...); ok || strings.Contains(said, "has changed") {
		t.Errorf("after a failure: %s", said)
	}
	if ok, said := run(t, all...); !ok || !strings.Contains(said, "has changed") {
		t.Errorf("the first whole run: %v %s", ok, said)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "\n- [`store/memory.TestCRA01Shown`](../store/memory/crash_test.go)\n\nRan on: memory store.\n") {
		t.Errorf("written: %s %v", text, err)
	}
	if ok, said := run(t, all...); !ok || strings.Contains(said, "has changed") {
		t.Errorf("the same again: %v %s", ok, said)
	}
	if ok, said := run(t, all[1:]...); ok || !strings.Contains(said, "no test of TEN-01 ran") {
		t.Errorf("a row has lost its test: %v %s", ok, said)
	}
}
