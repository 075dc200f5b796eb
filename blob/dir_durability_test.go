package blob_test

import (
	"errors"
	"fmt"
	"io"
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

const (
	key1 = "acme/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	key2 = "acme/202601/bbbbbbbbbbbbbbbbbbbbbbbbbb"
	key3 = "acme/202602/cccccccccccccccccccccccccc"
)

// text answers all of a content, or why there is none.
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

func TestCRA08OrderOfOperations(t *testing.T) {
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

func TestCRA08PowerCutAfterPut(t *testing.T) {
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

// The folder was made by a process that died before it synced its name.
func TestCRA08FolderOfAnother(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		disk := crashfs.New()
		disk.FailAt(n, syscall.EIO)
		if err := openDisk(disk).Put(t.Context(), key1, "", strings.NewReader("first")); !errors.Is(err, assets.ErrUnavailable) {
			t.Fatalf("operation %d fails, Put answers %v", n, err)
		}
		put(t, openDisk(disk), key2, "second")
		disk.Cut()
		if got, err := text(t, openDisk(disk), key2); got != "second" {
			t.Errorf("made up to operation %d by another: %q, %v", n, got, err)
		}
	}
}

// steps answers how many operations a Put makes on a disk that has one content.
func steps(t *testing.T, key, content string) int {
	disk := crashfs.New()
	put(t, openDisk(disk), key1, "kept")
	before := len(disk.Ops())
	put(t, openDisk(disk), key, content)
	return len(disk.Ops()) - before
}

func TestCRA08PowerCutAtEachStep(t *testing.T) {
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
					t.Errorf("the power is cut at step %d, Put answers %v", n+1, err)
				}
				if _, err := first.Size(t.Context(), key1); !errors.Is(err, crashfs.ErrPowerCut) {
					t.Errorf("a Dir from before the cut answers %v", err)
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
				t.Errorf("the disk is full at step %d, Put answers %v", n+1, err)
			}
			if _, err := dir.Size(t.Context(), key); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("the disk is full at step %d, and something stays: %v", n+1, err)
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

// Whatever was acknowledged when the power went is there afterwards, also
// when somebody else was just making its folder.
func TestCRA08PowerCutAmongWriters(t *testing.T) {
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

func TestCRA08RandomPowerCuts(t *testing.T) {
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

func TestMarkerSurvivesPowerCut(t *testing.T) {
	t.Parallel()
	for n := range 6 {
		disk := crashfs.New()
		if err := openDisk(disk).WriteMarker(t.Context(), []byte("old")); err != nil {
			t.Fatal(err)
		}
		disk.CutAt(n + 1)
		err := openDisk(disk).WriteMarker(t.Context(), []byte("new"))
		disk.Cut()
		got, readErr := openDisk(disk).ReadMarker(t.Context())
		if want := map[bool]string{true: "new", false: "old"}[err == nil]; string(got) != want || readErr != nil {
			t.Errorf("cut at step %d (%v): the marker is %q, %v, want %q", n+1, err, got, readErr, want)
		}
		if n < 5 && err == nil {
			t.Errorf("cut at step %d, and WriteMarker succeeds", n+1)
		}
		if got := keys(t, openDisk(disk), ""); len(got) != 0 {
			t.Errorf("the listing shows %q", got)
		}
	}
}
