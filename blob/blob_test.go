package blob_test

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/crashfs"
	"github.com/10ex/assets/store/memory"
)

var background = context.Background()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is what every implementation here is.
type store interface {
	assets.Blobs
	blob.Sweepable
}

var implementations = map[string]func(t *testing.T) store{
	"dir":      func(t *testing.T) store { return openDir(t, t.TempDir()) },
	"memory":   func(*testing.T) store { return blob.NewMemory() },
	"powercut": func(*testing.T) store { return openDisk(crashfs.New()) },
}

// each runs a test on every implementation.
func each(t *testing.T, test func(t *testing.T, s store)) {
	t.Parallel()
	for name, open := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func openDir(t testing.TB, path string) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// openDisk opens a disk whose power can be cut, with what survived the cuts so far.
func openDisk(d *crashfs.Disk) *blob.Dir { return blob.NewDir(d.FS()) }

func put(t *testing.T, b assets.Blobs, key, content string) {
	t.Helper()
	if err := b.Put(t.Context(), key, "text/plain", strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// keys answers what a listing holds.
func keys(t *testing.T, s blob.Sweepable, folder string) []string {
	t.Helper()
	all := []string{}
	for o, err := range s.List(background, folder) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Key)
	}
	return all
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	for name, open := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestBlobs(t, func(t *testing.T) assets.Blobs { return open(t) })
		})
	}
}

func TestArchives(t *testing.T) {
	t.Parallel()
	for name, open := range implementations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, store) { return memory.New(), open(t) })
		})
	}
}
