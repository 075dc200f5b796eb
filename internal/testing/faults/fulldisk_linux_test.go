package faults_test

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
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

const fullDiskEnv = "ASSETS_TEST_FULL_DISK"

// TestFullDiskDBF05: a content for which the disk has no room leaves no trace, and
// reads and smaller writes still succeed. The full disk is a limit on the size of
// files, in a process of its own.
func TestFullDiskDBF05(t *testing.T) {
	t.Parallel()
	if os.Getenv(fullDiskEnv) != "" {
		fullDisk(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDiskDBF05$", "-test.v")
	cmd.Env = append(os.Environ(), fullDiskEnv+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fullDisk(t *testing.T) {
	const maxSize = 4 << 20
	cfg := backends.FullSync().Config(t)
	lib := backends.Library(t, cfg)
	small, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("small"))
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: maxSize, Max: maxSize}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	in := fixture.File(assets.TypeBundle, "application/octet-stream")
	in.Content = bytes.NewReader(make([]byte, 2*maxSize))
	if _, err := lib.Create(t.Context(), fixture.Bot, in); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("more than the disk holds: %v", err)
	}
	page, err := lib.List(t.Context(), fixture.Ann, assets.Query{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != small.ID {
		t.Errorf("%d assets, %v", len(page.Items), err)
	}
	if n := largeFiles(t, filepath.Dir(t.TempDir()), maxSize/2); n != 0 {
		t.Errorf("%d partial files stay", n)
	}
	if _, err := lib.Create(t.Context(), fixture.Bot, fixture.Copy("another small one")); err != nil {
		t.Errorf("a write that fits: %v", err)
	}
}

func largeFiles(t *testing.T, root string, minSize int64) (n int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() >= minSize {
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
