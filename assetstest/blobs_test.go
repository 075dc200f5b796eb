package assetstest_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

func blobsSuite(t *testing.T, seed func(assets.Blobs) assets.Blobs) {
	assetstest.TestBlobs(t, func(*testing.T) assets.Blobs { return seed(blob.NewMemory()) })
}

func TestVolumeBlobs(t *testing.T) { accepts(t, blobsSuite) }

func TestVolumeBlobsRefuses(t *testing.T) {
	refuses(
		t, blobsSuite,
		fault[assets.Blobs]{"a key is overwritten", func(b assets.Blobs) assets.Blobs { return overwriting{b} }, "the second Put of a key fails BLB05"},
		fault[assets.Blobs]{"the last byte is not stored", func(b assets.Blobs) assets.Blobs { return shortening{b} }, "Put stores what the reader yields"},
		fault[assets.Blobs]{"what a failing reader yielded is kept", func(b assets.Blobs) assets.Blobs { return keepingHalf{b} }, "Put passes on the reader's error"},
		fault[assets.Blobs]{"reading goes on after the range", func(b assets.Blobs) assets.Blobs { return readingOn{b} }, "Open reads ranges"},
		fault[assets.Blobs]{"a negative offset is the beginning", func(b assets.Blobs) assets.Blobs { return fromBeginning{b} }, "Open refuses negative offsets"},
		fault[assets.Blobs]{"two workspaces share a folder", func(b assets.Blobs) assets.Blobs { return sharedFolder{b} }, "workspaces stay apart TEN03"},
		fault[assets.Blobs]{"an unknown key is empty", func(b assets.Blobs) assets.Blobs { return emptyContent{b} }, "an unknown key is not found"},
		fault[assets.Blobs]{"nothing is deleted", func(b assets.Blobs) assets.Blobs { return undeletableBlobs{b} }, "Delete removes"},
		fault[assets.Blobs]{"Delete ignores its context", func(b assets.Blobs) assets.Blobs { return deletesLate{b} }, "every method honours the context"},
	)
}

type overwriting struct{ assets.Blobs }

func (b overwriting) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if err := b.Delete(ctx, key); err != nil {
		return err
	}
	return b.Blobs.Put(ctx, key, mediaType, r)
}

type shortening struct{ assets.Blobs }

func (b shortening) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return b.Blobs.Put(ctx, key, mediaType, bytes.NewReader(content[:max(0, len(content)-1)]))
}

type keepingHalf struct{ assets.Blobs }

func (b keepingHalf) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	content, failed := io.ReadAll(r)
	if err := b.Blobs.Put(ctx, key, mediaType, bytes.NewReader(content)); err != nil {
		return err
	}
	return failed
}

type readingOn struct{ assets.Blobs }

func (b readingOn) Open(ctx context.Context, key string, offset, _ int64) (io.ReadCloser, error) {
	return b.Blobs.Open(ctx, key, offset, -1)
}

type fromBeginning struct{ assets.Blobs }

func (b fromBeginning) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	return b.Blobs.Open(ctx, key, max(0, offset), length)
}

type sharedFolder struct{ assets.Blobs }

func (b sharedFolder) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	return b.Blobs.Put(ctx, strings.Replace(key, "a-b/", "ab/", 1), mediaType, r)
}

type emptyContent struct{ assets.Blobs }

func (b emptyContent) Size(ctx context.Context, key string) (int64, error) {
	if size, err := b.Blobs.Size(ctx, key); err == nil {
		return size, nil
	}
	return 0, nil
}

type undeletableBlobs struct{ assets.Blobs }

func (undeletableBlobs) Delete(context.Context, string) error { return nil }

type deletesLate struct{ assets.Blobs }

func (b deletesLate) Delete(ctx context.Context, key string) error {
	return b.Blobs.Delete(context.WithoutCancel(ctx), key)
}
