package races_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gocloud.dev/blob/memblob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// processBlobs are the bucket as one of several processes has it.
type processBlobs struct {
	assets.Blobs
	meet     chan struct{}             // if set, the first write of a rendition waits for that of another process
	met      string                    // the last key whose write has waited
	slow     func(io.Reader) io.Reader // if set, renditions are written through it
	block    func()                    // if set, called before a source is opened
	sources  atomic.Int64              // opened
	deletes  atomic.Int64
	failures atomic.Int64 // to write
}

func (b *processBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if !fixture.IsRendition(key) {
		b.sources.Add(1)
		if b.block != nil {
			b.block()
		}
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

func (b *processBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if fixture.IsRendition(key) && b.meet != nil && b.met != key {
		b.met = key
		select {
		case b.meet <- struct{}{}:
		case <-b.meet:
		}
	}
	if fixture.IsRendition(key) && b.slow != nil {
		r = b.slow(r)
	}
	err := b.Blobs.Put(ctx, key, mediaType, r)
	if err != nil {
		b.failures.Add(1)
	}
	return err
}

func (b *processBlobs) Delete(ctx context.Context, key string) error {
	b.deletes.Add(1)
	return b.Blobs.Delete(ctx, key)
}

// sharedBuckets make buckets that several processes share. Each returns a function
// that opens the bucket for one more process.
func sharedBuckets() map[string]func(t *testing.T) func() assets.Blobs {
	return map[string]func(t *testing.T) func() assets.Blobs{
		"dir": func(t *testing.T) func() assets.Blobs {
			t.Helper()
			folder := filepath.Join(t.TempDir(), "content")
			return func() assets.Blobs {
				dir, err := blob.OpenDir(folder)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = dir.Close() })
				return dir
			}
		},
		"bucket": func(t *testing.T) func() assets.Blobs {
			t.Helper()
			opened := memblob.OpenBucket(nil)
			t.Cleanup(func() { _ = opened.Close() })
			return func() assets.Blobs { return bucket.New(opened) }
		},
	}
}

// TestTwoProcessesMakeOneRendition: two processes that decode and write a rendition
// at once both return it, and it is stored once.
func TestTwoProcessesMakeOneRendition(t *testing.T) {
	t.Parallel()
	hero, widths := fixture.Noise(400, 100), assets.Widths()[:2]
	single, id, _ := fixture.ImageLibrary(t, blob.NewMemory(), hero, "hero.png")
	want := map[int][]byte{}
	for _, width := range widths {
		data, _, err := fixture.ReadRendition(t.Context(), single, id, 1, width)
		if err != nil {
			t.Fatal(err)
		}
		want[width] = data
	}
	for name, share := range sharedBuckets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, cfg, meet := share(t), assetstest.Config(), make(chan struct{})
			var processes []*assets.Library
			var buckets []*processBlobs
			for range 3 {
				b := &processBlobs{Blobs: open()}
				cfg.Blobs = b
				processes, buckets = append(processes, backends.Library(t, cfg)), append(buckets, b)
			}
			buckets[0].meet, buckets[1].meet = meet, meet
			made, err := processes[2].Create(t.Context(), fixture.Ann, assets.NewAsset{
				Type: assets.TypeImage, Title: "Hero", NewVersion: assets.NewVersion{Content: bytes.NewReader(hero)},
			})
			if err != nil {
				t.Fatal(err)
			}
			check := func(process, width int) {
				data, content, err := fixture.ReadRendition(t.Context(), processes[process], made.ID, 1, width)
				if err != nil || !bytes.Equal(data, want[width]) || content.MediaType != "image/jpeg" {
					t.Errorf("process %d, %d wide: %d bytes of %+v, %v; want %d", process, width, len(data), content, err, len(want[width]))
				}
			}
			for _, width := range widths {
				fixture.AtOnce(2, func(i int) { check(i, width) })
				check(2, width) // reads the stored one
			}
			if n := buckets[2].sources.Load(); n != 0 {
				t.Errorf("a later process opened the source %d times", n)
			}
			if a, b := buckets[0].failures.Load(), buckets[1].failures.Load(); a+b != int64(len(want)) {
				t.Errorf("of each pair of writes one must fail, %d and %d of %d did", a, b, len(want))
			}
			checkStored(t, open(), len(want))
		})
	}
}

// checkStored expects one content with so many renditions, and nothing else.
func checkStored(t *testing.T, b assets.Blobs, renditions int) {
	t.Helper()
	var keys []string
	for _, o := range fixture.Objects(t, b) {
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	for _, key := range keys[min(1, len(keys)):] {
		if !strings.HasPrefix(key, keys[0]+"~w") {
			t.Errorf("%s is no rendition of %s", key, keys[0])
		}
	}
	if len(keys) != 1+renditions {
		t.Errorf("the bucket has %q, want a content and %d renditions", keys, renditions)
	}
}

// TestRenditionWhileAnotherProcessWrites: a rendition that two processes decode at
// once is neither deleted nor read in part while the first writes it. If that write
// fails, a later call makes it again.
func TestRenditionWhileAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	broken := errors.New("the writer fails")
	for name, ends := range map[string]error{"the write succeeds": nil, "the write fails": broken} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, cfg := sharedBuckets()["dir"](t), assetstest.Config()
			half, proceed, decoding := make(chan struct{}), make(chan struct{}), make(chan struct{})
			writer, other := &processBlobs{Blobs: open()}, &processBlobs{Blobs: open()}
			writer.slow = func(r io.Reader) io.Reader {
				return io.MultiReader(io.LimitReader(r, 1000), fixture.ReaderFunc(func([]byte) (int, error) {
					close(half)
					<-proceed
					if ends != nil {
						return 0, ends
					}
					return 0, io.EOF
				}), r)
			}
			cfg.Blobs = writer
			first := backends.Library(t, cfg)
			cfg.Blobs = other
			second := backends.Library(t, cfg)
			made, err := first.Create(t.Context(), fixture.Ann, assets.NewAsset{
				Type: assets.TypeImage, Title: "Hero", NewVersion: assets.NewVersion{Content: bytes.NewReader(fixture.Noise(400, 300))},
			})
			if err != nil {
				t.Fatal(err)
			}
			read := func(lib *assets.Library) chan []byte {
				result := make(chan []byte, 1)
				go func() {
					data, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160)
					if err != nil {
						t.Error(err)
					}
					result <- data
				}()
				return result
			}
			var once sync.Once
			other.block = func() {
				once.Do(func() { close(decoding) })
				<-half
			}
			late := read(second)
			<-decoding
			early := read(first)
			meanwhile := <-late
			if other.deletes.Load() != 0 || other.failures.Load() != 1 {
				t.Errorf("%d deletes, %d failed writes", other.deletes.Load(), other.failures.Load())
			}
			close(proceed)
			if data := <-early; len(data) == 0 || !bytes.Equal(data, meanwhile) {
				t.Errorf("%d and %d bytes", len(data), len(meanwhile))
			}
			again, _, err := fixture.ReadRendition(t.Context(), second, made.ID, 1, 160)
			if err != nil || !bytes.Equal(again, meanwhile) {
				t.Errorf("again: %d bytes, %v", len(again), err)
			}
			checkStored(t, open(), 1)
		})
	}
}
