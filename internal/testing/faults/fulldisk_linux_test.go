package assets_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/10ex/assets"
)

const fullDiskEnv = "ASSETS_TEST_FULL_DISK"

// TestDBF05FullDisk: a content that the disk has no room for leaves no trace;
// reads and smaller writes go on. The disk is a limit on file sizes, in a
// process of its own.
func TestDBF05FullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv(fullDiskEnv) != "" {
		fullDisk(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDBF05FullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), fullDiskEnv+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fullDisk(t *testing.T) {
	const most = 4 << 20
	cfg := durable().open(t)
	lib := library(t, cfg)
	small, err := lib.Create(t.Context(), bot, newCopy("small"))
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: most, Max: most}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	in := newFile(assets.TypeBundle, "application/octet-stream")
	in.Content = bytes.NewReader(make([]byte, 2*most))
	if _, err := lib.Create(t.Context(), bot, in); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("more than the disk holds: %v", err)
	}
	page, err := lib.List(t.Context(), ann, assets.Query{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != small.ID {
		t.Errorf("%d assets, %v", len(page.Items), err)
	}
	if n := largeFiles(t, filepath.Dir(t.TempDir()), most/2); n != 0 {
		t.Errorf("%d partial files stay", n)
	}
	if _, err := lib.Create(t.Context(), bot, newCopy("another small one")); err != nil {
		t.Errorf("a write that fits: %v", err)
	}
}

func largeFiles(t *testing.T, root string, least int64) (n int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() >= least {
			t.Logf("%s has %d bytes", path, info.Size())
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
