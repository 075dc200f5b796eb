package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	gcblob "gocloud.dev/blob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/blob/s3blob"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/blob/s3"
	"github.com/10ex/assets/internal/testing/s3test"
	"github.com/10ex/assets/store/sqlite"
)

const key = "acme/202601/k3jq5zv7xw2m4n6p8r9t"

// server is a fresh bucket of a real server.
type server struct {
	*bucket.Bucket
	raw    *gcblob.Bucket
	client *awss3.Client
	name   string
}

func open(t *testing.T) *server {
	t.Helper()
	addr, name := s3test.Bucket(t)
	client := awss3.New(awss3.Options{
		BaseEndpoint: aws.String("http://" + addr), UsePathStyle: true, Region: s3test.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s3test.AccessKey, s3test.SecretKey, ""),
	})
	raw, err := s3blob.OpenBucket(t.Context(), client, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	b, err := s3.New(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &server{Bucket: b, raw: raw, client: client, name: name}
}

// wantNoneOpen fails the test if a multipart upload was neither completed nor
// aborted.
func (b *server) wantNoneOpen(t *testing.T) {
	t.Helper()
	uploads, err := b.client.ListMultipartUploads(context.WithoutCancel(t.Context()), &awss3.ListMultipartUploadsInput{Bucket: &b.name})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range uploads.Uploads {
		t.Errorf("a multipart upload of %s is left open", aws.ToString(u.Key))
	}
}

func content(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(p) // never fails
	return p
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	assetstest.TestBlobs(t, func(t *testing.T) assets.Blobs { return open(t) })
}

func TestArchives(t *testing.T) {
	t.Parallel()
	assetstest.TestArchives(t, func(t *testing.T) (*sqlite.Store, *bucket.Bucket) { return openDatabase(t), open(t).Bucket })
}

func TestNewRefusesOtherBuckets(t *testing.T) {
	t.Parallel()
	other := memblob.OpenBucket(nil)
	t.Cleanup(func() { _ = other.Close() })
	if _, err := s3.New(other); !errors.Is(err, s3.ErrNotS3) {
		t.Errorf("New of a bucket in memory: %v", err)
	}
}

// TestVolumeParts reads and writes contents at the limits of parts.
func TestVolumeParts(t *testing.T) {
	t.Parallel()
	b := open(t)
	const part = 5 << 20
	all := content(2*part + 1)
	for _, n := range []int{part - 1, part, part + 1, 2 * part, 2*part + 1} {
		want := all[:n]
		if err := b.Put(t.Context(), key, "application/octet-stream", bytes.NewReader(want)); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if size, err := b.Size(t.Context(), key); err != nil || size != int64(n) {
			t.Errorf("%d bytes: the size is %d, %v", n, size, err)
		}
		for _, r := range []struct{ offset, length int }{{0, n}, {part - 10, 20}, {n - 1, 1}, {n / 3, n / 2}} {
			end := min(r.offset+r.length, n)
			got := b.read(t, int64(r.offset), int64(r.length))
			if !bytes.Equal(got, want[min(r.offset, n):end]) {
				t.Errorf("%d bytes: from %d, %d long: got %d other bytes", n, r.offset, r.length, len(got))
			}
		}
		second := b.Put(t.Context(), key, "application/octet-stream", bytes.NewReader(all))
		if !errors.Is(second, blob.ErrExists) {
			t.Errorf("BLB05 a second Put: %v", second)
		}
		if got := b.read(t, 0, -1); !bytes.Equal(got, want) {
			t.Errorf("BLB05 the second Put changed the content")
		}
		if err := b.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	b.wantNoneOpen(t)
}

func (b *server) read(t *testing.T, offset, length int64) []byte {
	t.Helper()
	r, err := b.Open(t.Context(), key, offset, length)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestFailedUploadIsAbortedUPL05 has the reader fail, or the context end, at byte k of
// an upload in parts.
func TestFailedUploadIsAbortedUPL05(t *testing.T) {
	t.Parallel()
	b := open(t)
	all := content(20 << 20)
	cut := errors.New("the client hung up")
	for _, k := range []int{8<<20 + 1, 16 << 20, 19 << 20} {
		r := io.MultiReader(bytes.NewReader(all[:k]), iotest.ErrReader(cut))
		if err := b.Put(t.Context(), key, "application/octet-stream", r); !errors.Is(err, cut) {
			t.Errorf("the reader failed at byte %d, Put returns %v", k, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r = io.MultiReader(bytes.NewReader(all[:k]), readerFunc(func([]byte) (int, error) {
			cancel()
			return 0, ctx.Err()
		}))
		if err := b.Put(ctx, key, "application/octet-stream", r); !errors.Is(err, context.Canceled) {
			t.Errorf("the context ended at byte %d, Put returns %v", k, err)
		}
	}
	if _, err := b.Size(t.Context(), key); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("there is an object: %v", err)
	}
	b.wantNoneOpen(t)
}

// TestTooLargeUploadIsAbortedUPL05 exceeds the limit of the Library.
func TestTooLargeUploadIsAbortedUPL05(t *testing.T) {
	t.Parallel()
	b := open(t)
	cfg := assetstest.Config()
	cfg.Blobs, cfg.Limits.ContentBytes = b, 12<<20
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lib.Create(t.Context(), assetstest.User("acme", "ann"), assets.NewAsset{
		Type: assets.TypeBundle, Title: "Too large",
		NewVersion: assets.NewVersion{Content: bytes.NewReader(content(12<<20 + 1))},
	})
	if !errors.Is(err, assets.ErrTooLarge) {
		t.Errorf("one byte over the limit: %v", err)
	}
	for o, err := range b.List(t.Context(), "") {
		t.Errorf("there is an object %s, %v", o.Key, err)
	}
	b.wantNoneOpen(t)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
