package blob_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/crashfs"
)

func TestPutSyncsInOrderCRA08(t *testing.T) {
	t.Parallel()
	disk := crashfs.New()
	dir := openDisk(disk)
	done := 0
	for _, c := range []struct {
		key  string
		want []string
	}{
		{key1, []string{
			"mkdir acme", "syncdir .", "mkdir acme/202601", "syncdir acme",
			"create " + key1, "write " + key1, "sync " + key1, "syncdir acme/202601",
		}},
		{key2, []string{"create " + key2, "write " + key2, "sync " + key2, "syncdir acme/202601"}},
		{key3, []string{
			"mkdir acme/202602", "syncdir acme",
			"create " + key3, "write " + key3, "sync " + key3, "syncdir acme/202602",
		}},
	} {
		put(t, dir, c.key, "content")
		ops := disk.Ops()
		if diff := cmp.Diff(c.want, ops[done:]); diff != "" {
			t.Errorf("Put(%q) (-want +got):\n%s", c.key, diff)
		}
		done = len(ops)
	}
}

func TestPowerCutAfterPutCRA08(t *testing.T) {
	t.Parallel()
	for _, k := range []string{key1, "lonely", "a/b/c/d/e/f/deep"} {
		disk := crashfs.New()
		put(t, openDisk(disk), k, "content")
		disk.Cut()
		if got, err := text(t, openDisk(disk), k); got != "content" {
			t.Errorf("%q after the power cut: %q, %v", k, got, err)
		}
	}
}

// The folder was created by a process that ended before it synced the folder's name.
func TestFolderOfAnotherProcessCRA08(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		disk := crashfs.New()
		disk.FailAt(n, syscall.EIO)
		if err := openDisk(disk).Put(t.Context(), key1, "", strings.NewReader("first")); !errors.Is(err, assets.ErrUnavailable) {
			t.Fatalf("operation %d fails, Put: %v", n, err)
		}
		put(t, openDisk(disk), key2, "second")
		disk.Cut()
		if got, err := text(t, openDisk(disk), key2); got != "second" {
			t.Errorf("created up to operation %d by another process: %q, %v", n, got, err)
		}
	}
}

// steps returns the number of operations of a Put on a disk that has one content.
func steps(t *testing.T, key, content string) int {
	disk := crashfs.New()
	put(t, openDisk(disk), key1, "kept")
	before := len(disk.Ops())
	put(t, openDisk(disk), key, content)
	return len(disk.Ops()) - before
}

func TestPowerCutAtEachStepOfPutCRA08(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 10_000) // several writes
	for _, key := range []string{key2, key3} {
		for n := range steps(t, key, content) {
			for luck := range 4 {
				disk := crashfs.New()
				first := openDisk(disk)
				put(t, first, key1, "kept")
				rolls := luck
				disk.KeepUnsynced(func() bool { rolls = rolls*5 + 3; return luck > 0 && rolls>>1&1 == 1 })
				disk.CutAt(n + 1)
				if err := openDisk(disk).Put(t.Context(), key, "", strings.NewReader(content)); !errors.Is(err, assets.ErrUnavailable) {
					t.Errorf("power cut at step %d, Put: %v", n+1, err)
				}
				if _, err := first.Size(t.Context(), key1); !errors.Is(err, crashfs.ErrPowerCut) {
					t.Errorf("a Dir from before the cut: %v", err)
				}
				again := openDisk(disk)
				if got, err := text(t, again, key1); got != "kept" {
					t.Errorf("cut at step %d: an acknowledged content is %q, %v", n+1, got, err)
				}
				put(t, again, key2[:20]+"again", "works")
			}
		}
	}
}

func TestFullDiskAtEachStep(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 10_000)
	for _, key := range []string{key2, key3} {
		for n := range steps(t, key, content) {
			disk := crashfs.New()
			put(t, openDisk(disk), key1, "kept")
			dir := openDisk(disk)
			disk.FailAt(n+1, syscall.ENOSPC)
			err := dir.Put(t.Context(), key, "", strings.NewReader(content))
			if !errors.Is(err, assets.ErrUnavailable) || !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("disk full at step %d, Put: %v", n+1, err)
			}
			if _, err := dir.Size(t.Context(), key); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("disk full at step %d, and a file is left: %v", n+1, err)
			}
			put(t, dir, key, content)
			disk.Cut()
			for k, want := range map[string]string{key1: "kept", key: content} {
				if got, err := text(t, openDisk(disk), k); got != want {
					t.Errorf("full at step %d, then cut: %q has %d bytes, %v", n+1, k, len(got), err)
				}
			}
		}
	}
}

// Every Put that returned before the power cut is durable, also if another process was
// creating the same folder.
func TestPowerCutDuringConcurrentPutsCRA08(t *testing.T) {
	t.Parallel()
	for round := range 20 {
		disk := crashfs.New()
		dirs := []*blob.Dir{openDisk(disk), openDisk(disk)} // two processes
		acknowledged := make(chan string, 16)
		var wg sync.WaitGroup
		for i := range cap(acknowledged) {
			wg.Go(func() {
				key := fmt.Sprintf("w%d/202601/%026d", i%2, i)
				if dirs[i/2%2].Put(t.Context(), key, "", strings.NewReader(key)) == nil {
					acknowledged <- key
				}
			})
		}
		before := []string{<-acknowledged}
		for range min(round, len(acknowledged)) {
			before = append(before, <-acknowledged)
		}
		disk.Cut()
		wg.Wait()
		for _, key := range before {
			if got, err := text(t, openDisk(disk), key); got != key {
				t.Errorf("%q was acknowledged and is %q, %v", key, got, err)
			}
		}
	}
}

func TestRandomPowerCutsCRA08(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		disk := crashfs.New()
		disk.KeepUnsynced(func() bool { return rapid.Bool().Draw(t, "lucky") })
		dir := openDisk(disk)
		acknowledged := map[string]string{}
		keys := rapid.SampledFrom([]string{key1, key2, key3, "b/202601/d", "b/202602/e", "top"})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				key, content := keys.Draw(t, "key"), rapid.String().Draw(t, "content")
				err := dir.Put(background, key, "", strings.NewReader(content))
				if err == nil {
					if _, twice := acknowledged[key]; twice {
						t.Fatalf("%q was written twice", key)
					}
					acknowledged[key] = content
				}
			},
			"delete": func(t *rapid.T) {
				key := keys.Draw(t, "key")
				if err := dir.Delete(background, key); err == nil {
					delete(acknowledged, key)
				}
			},
			"cut soon": func(t *rapid.T) { disk.CutAt(rapid.IntRange(1, 8).Draw(t, "steps")) },
			"reboot": func(*rapid.T) {
				disk.Cut()
				dir = openDisk(disk)
			},
			"": func(t *rapid.T) {
				for _, key := range slices.Sorted(maps.Keys(acknowledged)) {
					if got, err := text(t, openDisk(disk), key); got != acknowledged[key] || err != nil {
						t.Fatalf("%q is %q, %v, not %q", key, got, err, acknowledged[key])
					}
				}
			},
		})
	})
}
