package bucket_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"go.uber.org/goleak"
	gocloud "gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/store/memory"
)

const (
	key1 = "acme/202601/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	key2 = "acme/202601/bbbbbbbbbbbbbbbbbbbbbbbbbb"
	key3 = "acme/202602/cccccccccccccccccccccccccc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// buckets opens the buckets that the conformance suites run on.
var buckets = map[string]func(t *testing.T) *bucket.Bucket{
	"memblob": func(t *testing.T) *bucket.Bucket {
		return open(t, memblob.OpenBucket(&memblob.Options{NoMD5: true}), nil)
	},
	"fileblob":                   func(t *testing.T) *bucket.Bucket { return openFileblob(t, t.TempDir()) },
	"without conditional writes": func(t *testing.T) *bucket.Bucket { return newFakeDriver().open(t) },
}

func open(t *testing.T, b *gocloud.Bucket, err error) *bucket.Bucket {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return bucket.New(b)
}

func openFileblob(t *testing.T, path string) *bucket.Bucket {
	t.Helper()
	b, err := fileblob.OpenBucket(path, &fileblob.Options{NoTempDir: true})
	return open(t, b, err)
}

func put(t *testing.T, b assets.Blobs, key, content string) {
	t.Helper()
	if err := b.Put(t.Context(), key, "text/plain", strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	for name, open := range buckets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestBlobs(t, func(t *testing.T) assets.Blobs { return open(t) })
		})
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	assetstest.TestMarked(t, func(t *testing.T) *bucket.Bucket {
		opened := memblob.OpenBucket(nil)
		t.Cleanup(func() { _ = opened.Close() })
		return bucket.New(opened)
	})
}

func TestArchives(t *testing.T) {
	t.Parallel()
	for name, open := range buckets {
		if name == "without conditional writes" {
			continue // it cannot list
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assetstest.TestArchives(t, func(t *testing.T) (*memory.Store, *bucket.Bucket) { return memory.New(), open(t) })
		})
	}
}

func TestErrorsOfTheBucket(t *testing.T) {
	t.Parallel()
	p := newFakeDriver()
	b := p.open(t)
	put(t, b, key1, strings.Repeat("x", 100))

	p.readFails = 10
	if got, err := readAll(t, b, key1); len(got) != 10 || !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("a download that breaks: %d bytes, %v", len(got), err)
	}
	p.writeFails = 50_000
	err := b.Put(t.Context(), key2, "text/plain", strings.NewReader(strings.Repeat("x", 100_000)))
	if !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("an upload that breaks: %v", err)
	}
	if _, err := b.Size(t.Context(), key2); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("after it: %v", err)
	}
	p.down = true
	_, sizeErr := b.Size(t.Context(), key1)
	_, openErr := b.Open(t.Context(), key1, 0, -1)
	_, markErr := b.ReadMarker(t.Context())
	for method, err := range map[string]error{
		"Put": b.Put(t.Context(), key3, "text/plain", strings.NewReader("")), "Delete": b.Delete(t.Context(), key1),
		"Size": sizeErr, "Open": openErr, "ReadMarker": markErr,
	} {
		if !errors.Is(err, assets.ErrUnavailable) || errors.Is(err, assets.ErrNotFound) {
			t.Errorf("%s while the bucket is down: %v", method, err)
		}
	}
}

func readAll(t *testing.T, b assets.Blobs, key string) ([]byte, error) {
	r, err := b.Open(t.Context(), key, 0, -1)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

func TestPutSetsTheMediaType(t *testing.T) {
	t.Parallel()
	stored := memblob.OpenBucket(nil)
	if err := open(t, stored, nil).Put(t.Context(), key1, "image/png", strings.NewReader("<html>")); err != nil {
		t.Fatal(err)
	}
	attributes, err := stored.Attributes(t.Context(), key1)
	if err != nil || attributes.ContentType != "image/png" {
		t.Errorf("stored as %+v, %v", attributes, err)
	}
}
