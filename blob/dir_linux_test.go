package blob_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
)

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Not parallel: it counts the open files of the whole process.
func TestOpenFilesDoNotGrow(t *testing.T) {
	d := openDir(t, t.TempDir())
	put(t, d, used, strings.Repeat("x", 100_000))
	before := openFiles(t)

	var readers []io.ReadCloser
	for i := range 20 {
		r, err := d.Open(t.Context(), used, int64(i)*10, 10)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	if got := openFiles(t); got != before+20 {
		t.Errorf("20 open contents hold %d files", got-before)
	}
	for _, r := range readers {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}

	for range 20 {
		useAndFail(t, d)
	}
	if got := openFiles(t); got != before {
		t.Errorf("%d files stay open", got-before)
	}
}

func useAndFail(t *testing.T, d *blob.Dir) {
	t.Helper()
	put(t, d, garbage, "content")
	_ = d.Put(t.Context(), garbage, "", strings.NewReader("again"))
	_ = d.Put(t.Context(), key1, "", iotest.ErrReader(errors.New("cut")))
	_, _ = d.Open(t.Context(), "acme", 0, -1)
	_, _ = d.Open(t.Context(), key2, 0, -1)
	_, _ = d.Open(t.Context(), used, -1, -1)
	_, _ = d.Size(t.Context(), used)
	for _, err := range d.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	cfg := config(d, newLedger(used))
	cfg.Now, cfg.Age, cfg.AllowAnyAge = nil, 1, true
	if report, err := blob.Sweep(t.Context(), cfg); err != nil || report.Deleted != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

const limitedFolder = "BLOB_TEST_LIMITED_FOLDER"

// A file size limit simulates a full disk. It is per process, so the test runs itself in
// a child process.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv(limitedFolder) != "" {
		fillDisk(t, os.Getenv(limitedFolder))
		return
	}
	folder := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$")
	child.Env = append(os.Environ(), limitedFolder+"="+folder)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantKeys(t, openDir(t, folder), used)
}

func fillDisk(t *testing.T, folder string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, folder)
	err := d.Put(t.Context(), key1, "", strings.NewReader(strings.Repeat("x", 1<<20)))
	if !errors.Is(err, syscall.EFBIG) || !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("Put on a full disk: %v", err)
	}
	put(t, d, used, "there is room for this")
}
