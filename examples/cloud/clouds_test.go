package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/internal/examples/servercmd"
	"github.com/10ex/assets/internal/testing/azuretest"
	"github.com/10ex/assets/internal/testing/gcstest"
	"github.com/10ex/assets/store/memory"
)

// eachCloud runs a test in parallel on Azure and on Google Cloud Storage. fresh returns
// the URL of a new bucket. Package blob/s3 has the tests on S3.
func eachCloud(t *testing.T, test func(t *testing.T, fresh func(testing.TB) string)) {
	t.Helper()
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"azure": azuretest.Bucket, "gcs": gcstest.Bucket} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh)
		})
	}
}

// opened opens a bucket as the program does.
func opened(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	data := &servercmd.Data{Close: func() error { return nil }}
	if err := openBucket(t.Context(), url, data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = data.Close() })
	b, ok := data.Blobs.(*bucket.Bucket)
	if !ok {
		t.Fatalf("the bucket is a %T", data.Blobs)
	}
	return b
}

func TestBlobsOfClouds(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		assetstest.TestBlobs(t, func(t *testing.T) assets.Blobs { return opened(t, fresh(t)) })
	})
}

func TestMarkersInClouds(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		assetstest.TestMarked(t, func(t *testing.T) *bucket.Bucket { return opened(t, fresh(t)) })
	})
}

func TestVolumeArchivesFromClouds(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, *bucket.Bucket) { return memory.New(), opened(t, fresh(t)) })
	})
}

const cloudKey = "acme/202601/k3jq5zv7xw2m4n6p8r9t"

func random(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(p) // never fails
	return p
}

// TestVolumePartsInClouds writes contents at the limits of the parts of the clients: 8 MiB
// on Azure, 16 MiB on Google Cloud Storage. A second Put of the key changes nothing.
func TestVolumePartsInClouds(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		b, all := opened(t, fresh(t)), random(16<<20+1)
		for _, n := range []int{8<<20 - 1, 8 << 20, 8<<20 + 1, 16 << 20, 16<<20 + 1} {
			want := all[:n]
			if err := b.Put(t.Context(), cloudKey, "application/octet-stream", bytes.NewReader(want)); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if err := b.Put(t.Context(), cloudKey, "application/octet-stream", bytes.NewReader(all[1:])); !errors.Is(err, blob.ErrExists) {
				t.Errorf("BLB05 a second Put of %d bytes: %v", n, err)
			}
			if size, err := b.Size(t.Context(), cloudKey); err != nil || size != int64(n) {
				t.Errorf("%d bytes: the size is %d, %v", n, size, err)
			}
			for _, r := range []struct{ offset, length int }{{0, n}, {8<<20 - 10, 20}, {n - 1, 1}, {n / 3, n / 2}} {
				end := min(r.offset+r.length, n)
				if got := readRange(t, b, int64(r.offset), int64(r.length)); !bytes.Equal(got, want[r.offset:end]) {
					t.Errorf("%d bytes: from %d, %d long: got %d other bytes", n, r.offset, r.length, len(got))
				}
			}
			if err := b.Delete(t.Context(), cloudKey); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func readRange(t *testing.T, b *bucket.Bucket, offset, length int64) []byte {
	t.Helper()
	r, err := b.Open(t.Context(), cloudKey, offset, length)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestVolumeFailedUploadsToCloudsUPL05 has the reader fail, or the context end, at byte k:
// no object is left.
func TestVolumeFailedUploadsToCloudsUPL05(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		b, all, cut := opened(t, fresh(t)), random(40<<20), errors.New("the client hung up")
		for _, k := range []int{0, 1 << 20, 8 << 20, 16<<20 + 1, 33 << 20} {
			fails := func(then func() error) io.Reader {
				return io.MultiReader(bytes.NewReader(all[:k]), failing(then))
			}
			if err := b.Put(t.Context(), cloudKey, "application/octet-stream", fails(func() error { return cut })); !errors.Is(err, cut) {
				t.Errorf("the reader failed at byte %d, Put returns %v", k, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			err := b.Put(ctx, cloudKey, "application/octet-stream", fails(func() error { cancel(); return ctx.Err() }))
			cancel()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the context ended at byte %d, Put returns %v", k, err)
			}
			if _, err := b.Size(t.Context(), cloudKey); !errors.Is(err, assets.ErrNotFound) {
				t.Errorf("at byte %d: there is an object: %v", k, err)
			}
		}
	})
}

// failing is a reader whose reads return the error of a function.
type failing func() error

func (f failing) Read([]byte) (int, error) { return 0, f() }

// TestVolumeSweepInClouds sweeps a bucket whose listing has more than one page, with
// objects that no row refers to, those of a deleted draft, and one of an asset.
func TestVolumeSweepInClouds(t *testing.T) {
	eachCloud(t, func(t *testing.T, fresh func(testing.TB) string) {
		const garbage = 1003
		b, cfg, by := opened(t, fresh(t)), assetstest.Config(), assetstest.User("acme", "ann")
		rows := memory.New()
		cfg.Store, cfg.Blobs = rows, b
		lib, err := assets.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			made, err := lib.Create(t.Context(), by, assets.NewAsset{
				Type: assets.TypeBundle, Title: "Bundle", NewVersion: assets.NewVersion{Content: strings.NewReader("kept")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				if err := lib.Delete(t.Context(), by, made.ID, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		litter(t, b, garbage)
		for _, want := range []int{garbage + 1, 0} {
			r, err := blob.Sweep(t.Context(), blob.SweepConfig{Bucket: b, Ledger: rows, Now: func() time.Time { return time.Now().Add(25 * time.Hour) }})
			if err != nil || r.Deleted != want || r.Referenced != 1 || r.Foreign != 0 {
				t.Errorf("%+v, %v, want %d deleted", r, err, want)
			}
		}
	})
}

// litter puts n small objects that no row refers to.
func litter(t *testing.T, b *bucket.Bucket, n int) {
	t.Helper()
	const writers = 8
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; i < n; i += writers {
				if err := b.Put(t.Context(), fmt.Sprintf("acme/202601/%026d", i), "text/plain", strings.NewReader("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
