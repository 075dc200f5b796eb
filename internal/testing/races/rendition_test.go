package assets_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
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
)

// processBlobs are the bucket as one of several processes has it.
type processBlobs struct {
	assets.Blobs
	meet     chan struct{}             // if set, a rendition is first written when another process is about to
	met      string                    // the last one that was
	slow     func(io.Reader) io.Reader // if set, by which it is written
	hold     func()                    // if set, called before a source is opened
	sources  atomic.Int64              // opened
	deletes  atomic.Int64
	failures atomic.Int64 // to write
}

func (b *processBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if !isRendition(key) {
		b.sources.Add(1)
		if b.hold != nil {
			b.hold()
		}
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

func (b *processBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if isRendition(key) && b.meet != nil && b.met != key {
		b.met = key
		select {
		case b.meet <- struct{}{}:
		case <-b.meet:
		}
	}
	if isRendition(key) && b.slow != nil {
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

// listed is a bucket that tells what it has.
type listed interface {
	assets.Blobs
	List(ctx context.Context, folder string) iter.Seq2[blob.Object, error]
}

// sharedBuckets open what several processes share, once for each of them.
func sharedBuckets() map[string]func(t *testing.T) func() listed {
	return map[string]func(t *testing.T) func() listed{
		"dir": func(t *testing.T) func() listed {
			t.Helper()
			folder := filepath.Join(t.TempDir(), "content")
			return func() listed {
				dir, err := blob.OpenDir(folder)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = dir.Close() })
				return dir
			}
		},
		"bucket": func(t *testing.T) func() listed {
			t.Helper()
			opened := memblob.OpenBucket(nil)
			t.Cleanup(func() { _ = opened.Close() })
			return func() listed { return bucket.New(opened) }
		},
	}
}

// TestTwoProcessesMakeOneRendition: they decode at once and write at once;
// both answer it, and one is kept.
func TestTwoProcessesMakeOneRendition(t *testing.T) {
	t.Parallel()
	hero, widths := noise(400, 100), assets.Widths()[:2]
	single, id, _ := pictured(t, blob.NewMemory(), hero, "hero.png")
	want := map[int][]byte{}
	for _, width := range widths {
		data, _, err := readRendition(t.Context(), single, id, 1, width)
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
				processes, buckets = append(processes, library(t, cfg)), append(buckets, b)
			}
			buckets[0].meet, buckets[1].meet = meet, meet
			made, err := processes[2].Create(t.Context(), ann, assets.NewAsset{
				Type: assets.TypeImage, Title: "Hero", NewVersion: assets.NewVersion{Content: bytes.NewReader(hero)},
			})
			if err != nil {
				t.Fatal(err)
			}
			check := func(process, width int) {
				data, content, err := readRendition(t.Context(), processes[process], made.ID, 1, width)
				if err != nil || !bytes.Equal(data, want[width]) || content.MediaType != "image/jpeg" {
					t.Errorf("process %d, %d wide: %d bytes of %+v, %v; want %d", process, width, len(data), content, err, len(want[width]))
				}
			}
			for _, width := range widths {
				atOnce(2, func(i int) { check(i, width) })
				check(2, width) // reads what is kept
			}
			if n := buckets[2].sources.Load(); n != 0 {
				t.Errorf("a process that came later opened the source %d times", n)
			}
			if a, b := buckets[0].failures.Load(), buckets[1].failures.Load(); a+b != int64(len(want)) {
				t.Errorf("of each pair of writes one must fail, %d and %d of %d did", a, b, len(want))
			}
			checkKept(t, open(), len(want))
		})
	}
}

// checkKept demands one content with so many renditions and nothing else.
func checkKept(t *testing.T, b listed, renditions int) {
	t.Helper()
	var keys []string
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	for _, key := range keys[min(1, len(keys)):] {
		if !strings.HasPrefix(key, keys[0]+"~w") {
			t.Errorf("%s is none of %s", key, keys[0])
		}
	}
	if len(keys) != 1+renditions {
		t.Errorf("the bucket has %q, want a content and %d renditions", keys, renditions)
	}
}

// TestRenditionThatAnotherProcessIsWriting: one that two processes decode at
// once is not deleted while the first is writing it, nor read in part; when
// that fails, it is made another time.
func TestRenditionThatAnotherProcessIsWriting(t *testing.T) {
	t.Parallel()
	broken := errors.New("the writer fails")
	for name, ends := range map[string]error{"it ends": nil, "it fails": broken} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, cfg := sharedBuckets()["dir"](t), assetstest.Config()
			half, goOn, decoding := make(chan struct{}), make(chan struct{}), make(chan struct{})
			writer, other := &processBlobs{Blobs: open()}, &processBlobs{Blobs: open()}
			writer.slow = func(r io.Reader) io.Reader {
				return io.MultiReader(io.LimitReader(r, 1000), readerFunc(func([]byte) (int, error) {
					close(half)
					<-goOn
					if ends != nil {
						return 0, ends
					}
					return 0, io.EOF
				}), r)
			}
			cfg.Blobs = writer
			first := library(t, cfg)
			cfg.Blobs = other
			second := library(t, cfg)
			made, err := first.Create(t.Context(), ann, assets.NewAsset{
				Type: assets.TypeImage, Title: "Hero", NewVersion: assets.NewVersion{Content: bytes.NewReader(noise(400, 300))},
			})
			if err != nil {
				t.Fatal(err)
			}
			read := func(lib *assets.Library) chan []byte {
				answer := make(chan []byte, 1)
				go func() {
					data, _, err := readRendition(t.Context(), lib, made.ID, 1, 160)
					if err != nil {
						t.Error(err)
					}
					answer <- data
				}()
				return answer
			}
			var once sync.Once
			other.hold = func() {
				once.Do(func() { close(decoding) })
				<-half
			}
			late := read(second)
			<-decoding
			early := read(first)
			meanwhile := <-late
			if other.deletes.Load() != 0 || other.failures.Load() != 1 {
				t.Errorf("it was deleted %d times, could not be written %d times", other.deletes.Load(), other.failures.Load())
			}
			close(goOn)
			if data := <-early; len(data) == 0 || !bytes.Equal(data, meanwhile) {
				t.Errorf("%d and %d bytes", len(data), len(meanwhile))
			}
			again, _, err := readRendition(t.Context(), second, made.ID, 1, 160)
			if err != nil || !bytes.Equal(again, meanwhile) {
				t.Errorf("another time: %d bytes, %v", len(again), err)
			}
			checkKept(t, open(), 1)
		})
	}
}
