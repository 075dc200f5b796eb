package blob_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/crashfs"
)

var background = context.Background()

const (
	key1 = "acme/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	key2 = "acme/202601/bbbbbbbbbbbbbbbbbbbbbbbbbb"
	key3 = "acme/202602/cccccccccccccccccccccccccc"
)

// The keys of the tests of Sweep.
const (
	used     = "acme/202601/usedusedusedusedusedused00"
	garbage  = "acme/202601/garbagegarbagegarbagegar00"
	garbage2 = "=41cme/202512/garbagegarbagegarbagegar22"
	young    = "acme/202601/youngyoungyoungyoungyoun00"
)

// store is what every implementation of this package implements.
type store interface {
	assets.Blobs
	blob.Sweepable
}

var implementations = map[string]func(t *testing.T) store{
	"dir":      func(t *testing.T) store { return openDir(t, t.TempDir()) },
	"memory":   func(*testing.T) store { return blob.NewMemory() },
	"powercut": func(*testing.T) store { return openDisk(crashfs.New()) },
}

// each runs a test with every implementation.
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

// openDisk opens a Dir on a simulated disk, with the files that survived its power cuts.
func openDisk(d *crashfs.Disk) *blob.Dir { return blob.NewDir(d.FS()) }

func put(t *testing.T, b assets.Blobs, key, content string) {
	t.Helper()
	if err := b.Put(t.Context(), key, "text/plain", strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

// keys returns the keys of a listing.
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

// text returns a whole content, or the error of Open.
func text(t interface{ Fatal(...any) }, b assets.Blobs, key string) (string, error) {
	r, err := b.Open(background, key, 0, -1)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	return string(content), nil
}

func wantKeys(t *testing.T, s blob.Sweepable, want ...string) {
	t.Helper()
	got := keys(t, s, "")
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want)) // a copy: parallel subtests share the slice of the caller
	if !slices.Equal(got, want) {
		t.Errorf("the bucket has %q, want %q", got, want)
	}
}
