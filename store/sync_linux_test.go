package store_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/sqltest"
	"github.com/10ex/assets/internal/testing/testproc"
	"github.com/10ex/assets/store"
)

// syncMark is a file that does not exist. A process that is traced opens it to mark a
// place in the trace.
const syncMark = "/the-batches-begin-and-end-here"

// TestBatchSyncsOnceDBF01 traces a process whose calls share commits, three times, and counts
// the syncs of the write-ahead log.
func TestBatchSyncsOnceDBF01(t *testing.T) {
	t.Parallel()
	const variable, batches = "ASSETS_TEST_BATCHES", 3
	if os.Getenv(variable) != "" {
		runBatches(t, batches)
		return
	}
	strace, err := exec.LookPath("strace")
	testproc.Found(t, err)
	trace := filepath.Join(t.TempDir(), "trace")
	child := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-y", "-e", "trace=openat,fsync,fdatasync", "-o", trace,
		os.Args[0], "-test.run=^TestBatchSyncsOnceDBF01$")
	child.Env = append(os.Environ(), variable+"=1")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), syncMark)
	if len(parts) != 3 {
		t.Fatalf("the trace has %d marks, want 2:\n%s", len(parts)-1, text)
	}
	syncs := 0
	for line := range strings.Lines(parts[1]) {
		if strings.Contains(line, "sync(") {
			syncs++
		}
	}
	if syncs != batches {
		t.Errorf("%d syncs of %d batches:\n%s", syncs, batches, parts[1])
	}
}

// runBatches shares commits in a process that is traced.
func runBatches(t *testing.T, batches int) {
	t.Helper()
	st := openSQLite(t, store.Options{})
	sqltest.MustPut(t, st, 0) // the header of the log is synced
	mark := func() { _, _ = os.Open(syncMark) }
	mark()
	for n := range batches {
		var calls []func() error
		for i := range batchOf {
			calls = append(calls, putOf(t, st, n*batchOf+i))
		}
		if err := errors.Join(together(t, st, calls...)...); err != nil {
			t.Error(err)
		}
	}
	mark()
}
