package crashfs_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/10ex/assets/internal/filesys"
	"github.com/10ex/assets/internal/testing/crashfs"
)

// store writes a file to a new folder without one of the syncs.
func store(t *testing.T, files filesys.FS, without string) {
	t.Helper()
	sync := func(op string, do func() error) {
		if op != without {
			must(t, do())
		}
	}
	must(t, files.Mkdir("folder"))
	f, err := files.Create("folder/file")
	must(t, err)
	_, err = f.Write([]byte("content"))
	must(t, err)
	sync("file", f.Sync)
	must(t, f.Close())
	sync("folder", func() error { return files.SyncDir("folder") })
	sync("root", func() error { return files.SyncDir(".") })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEachMissingSyncLosesTheFile(t *testing.T) {
	t.Parallel()
	for without, size := range map[string]int64{"nothing": 7, "file": 0, "folder": -1, "root": -1} {
		disk := crashfs.New()
		store(t, disk.FS(), without)
		disk.Cut()
		info, err := disk.FS().Stat("folder/file")
		switch {
		case size < 0 && !errors.Is(err, fs.ErrNotExist):
			t.Errorf("without sync of %s the file is there: %v", without, err)
		case size >= 0 && (err != nil || info.Size() != size):
			t.Errorf("without sync of %s: %v, %v, want %d bytes", without, info, err, size)
		}
	}
}

func TestKeepUnsynced(t *testing.T) {
	t.Parallel()
	disk := crashfs.New()
	disk.KeepUnsynced(func() bool { return true })
	files := disk.FS()
	must(t, files.Mkdir("folder"))
	must(t, files.Rename("folder", "renamed"))
	disk.Cut()
	if _, err := disk.FS().Stat("renamed"); err != nil {
		t.Error(err)
	}
}

func TestRemoveAndRenameNeedSyncing(t *testing.T) {
	t.Parallel()
	disk := crashfs.New()
	store(t, disk.FS(), "nothing")
	must(t, disk.FS().Rename("folder/file", "folder/renamed"))
	must(t, disk.FS().Remove("folder/renamed"))
	disk.Cut()
	if _, err := disk.FS().Stat("folder/file"); err != nil {
		t.Errorf("the unsynced removal survived: %v", err)
	}
	must(t, disk.FS().Remove("folder/file"))
	must(t, disk.FS().SyncDir("folder"))
	disk.Cut()
	if _, err := disk.FS().Stat("folder/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the synced removal is lost: %v", err)
	}
}

func TestFailAtAndCutAt(t *testing.T) {
	t.Parallel()
	disk, full := crashfs.New(), errors.New("full")
	files := disk.FS()
	disk.FailAt(2, full)
	disk.CutAt(3)
	must(t, files.Mkdir("a"))
	if err := files.Mkdir("b"); !errors.Is(err, full) {
		t.Errorf("the second operation: %v", err)
	}
	for range 2 {
		if err := files.Mkdir("c"); !errors.Is(err, crashfs.ErrPowerCut) {
			t.Errorf("at the cut and after it: %v", err)
		}
	}
	must(t, disk.FS().Mkdir("a"))
	if want := []string{"mkdir a", "mkdir b", "mkdir c", "mkdir a"}; !slices.Equal(disk.Ops(), want) {
		t.Errorf("operations %q, want %q", disk.Ops(), want)
	}
}
