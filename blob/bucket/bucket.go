// Package bucket keeps the bytes of versions in any gocloud.dev bucket.
//
// The one rule to know: no cloud driver is imported here. The host imports the one
// that it uses, such as gocloud.dev/blob/s3blob, and opens the bucket itself. For
// S3, package blob/s3 makes the Bucket.
package bucket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"sync"

	gcblob "gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/10ex/assets"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/blobio"
)

// Bucket keeps contents as objects of a gocloud.dev bucket.
//
// Put is as durable as the bucket: object stores are when they acknowledge,
// fileblob is not (use blob.OpenDir). Two processes that write one key are kept
// apart by the bucket's own conditional write, where it has one; within a
// process they always are.
type Bucket struct {
	// BeforeWrite, if set before the first use, is called before each write,
	// as that of gocloud.dev's blob.WriterOptions: for what only the driver
	// knows, such as encryption. Package blob/s3 has the one that S3 needs.
	BeforeWrite func(as func(any) bool) error

	bucket *gcblob.Bucket

	mu      sync.Mutex
	writing map[string]struct{} // keys that a Put is under way for
}

var (
	_ assets.Blobs   = (*Bucket)(nil)
	_ blob.Sweepable = (*Bucket)(nil)
)

// New makes a Bucket of one that the host has opened and will close.
func New(bucket *gcblob.Bucket) *Bucket {
	return &Bucket{bucket: bucket, writing: make(map[string]struct{})}
}

// Put implements assets.Blobs.
func (b *Bucket) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if err := blobio.Check(ctx, "put", key); err != nil {
		return err
	}
	if !b.claim(key) {
		return blobio.Wrap("put", key, blob.ErrExists)
	}
	defer b.release(key)

	src, writing := blobio.NewSource(ctx, r)
	defer src.Stop()
	err := b.upload(writing, key, mediaType, src)
	if err == nil {
		return nil
	}
	if cause := src.Failure(ctx); cause != nil {
		return blobio.Wrap("put", key, cause)
	}
	code := gcerrors.Code(err)
	if code == gcerrors.FailedPrecondition || code == gcerrors.AlreadyExists || errors.Is(err, blob.ErrExists) {
		return blobio.Wrap("put", key, blob.ErrExists)
	}
	return failure(ctx, "put", key, err)
}

// upload writes a key that must be new. A driver without conditional writes
// says so before it reads anything; then the key is looked up first.
func (b *Bucket) upload(ctx context.Context, key, mediaType string, src *blobio.Source) error {
	options := gcblob.WriterOptions{ContentType: mediaType, IfNotExist: true, BeforeWrite: b.BeforeWrite}
	err := b.bucket.Upload(ctx, key, src, &options)
	if gcerrors.Code(err) != gcerrors.Unimplemented {
		return err
	}
	exists, err := b.bucket.Exists(ctx, key)
	if err != nil {
		return err
	}
	if exists {
		return blob.ErrExists
	}
	options.IfNotExist = false
	return b.bucket.Upload(ctx, key, src, &options)
}

func (b *Bucket) claim(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, taken := b.writing[key]; taken {
		return false
	}
	b.writing[key] = struct{}{}
	return true
}

func (b *Bucket) release(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.writing, key)
}

// Size implements assets.Blobs.
func (b *Bucket) Size(ctx context.Context, key string) (int64, error) {
	if err := blobio.Check(ctx, "size", key); err != nil {
		return 0, err
	}
	attributes, err := b.bucket.Attributes(ctx, key)
	if err != nil {
		return 0, failure(ctx, "size", key, err)
	}
	return attributes.Size, nil
}

// Open implements assets.Blobs.
func (b *Bucket) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := blobio.CheckRange(offset, length); err != nil {
		return nil, blobio.Wrap("open", key, err)
	}
	if err := blobio.Check(ctx, "open", key); err != nil {
		return nil, err
	}
	if length > math.MaxInt64-offset {
		length = -1 // drivers ask for the range up to the sum, which would be negative
	}
	r, err := b.bucket.NewRangeReader(ctx, key, offset, length, nil)
	if err == nil {
		return blobio.NewContent(ctx, key, r, r), nil
	}
	if gcerrors.Code(err) != gcerrors.NotFound {
		// Object stores refuse a range that begins behind the last byte.
		if size, sizeErr := b.Size(ctx, key); sizeErr == nil && offset >= size {
			return io.NopCloser(bytes.NewReader(nil)), nil
		}
	}
	return nil, failure(ctx, "open", key, err)
}

// Delete implements assets.Blobs.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := blobio.Check(ctx, "delete", key); err != nil {
		return err
	}
	err := b.bucket.Delete(ctx, key)
	if err == nil || gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return failure(ctx, "delete", key, err)
}

// listTries is how often a listing asks for a page again. Where a folder
// is the bucket, a page fails when an object vanishes meanwhile, as beside a
// second sweep.
const listTries = 20

// List implements blob.Sweepable.
func (b *Bucket) List(ctx context.Context, folder string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		var options gcblob.ListOptions
		if folder != "" {
			if err := blobio.CheckKey(folder); err != nil {
				yield(blob.Object{}, blobio.Wrap("list", folder, err))
				return
			}
			options.Prefix = folder + "/"
		}
		missed := 0
		for objects := b.bucket.List(&options); ; {
			object, err := objects.Next(ctx)
			if err == io.EOF {
				return
			}
			if gcerrors.Code(err) == gcerrors.NotFound && missed < listTries {
				missed++ // Next asks for the same page again
				continue
			}
			if err != nil {
				yield(blob.Object{}, failure(ctx, "list", folder, err))
				return
			}
			if blobio.IsMarker(object.Key) {
				continue
			}
			if !yield(blob.Object{Key: object.Key, Size: object.Size, ModTime: object.ModTime}, nil) {
				return
			}
		}
	}
}

// ReadMarker implements blob.Sweepable.
func (b *Bucket) ReadMarker(ctx context.Context) ([]byte, error) {
	r, err := b.bucket.NewReader(ctx, blobio.MarkerKey, nil)
	if err != nil {
		return nil, failure(ctx, "read", blobio.MarkerKey, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, blobio.MaxMarker))
	if err != nil {
		err = failure(ctx, "read", blobio.MarkerKey, err)
	}
	_ = r.Close()
	return text, err
}

// WriteMarker implements blob.Sweepable.
func (b *Bucket) WriteMarker(ctx context.Context, text []byte) error {
	options := gcblob.WriterOptions{ContentType: "application/json", BeforeWrite: b.BeforeWrite}
	if err := b.bucket.Upload(ctx, blobio.MarkerKey, bytes.NewReader(text), &options); err != nil {
		return failure(ctx, "write", blobio.MarkerKey, err)
	}
	return nil
}

// failure translates an error of the bucket.
func failure(ctx context.Context, op, key string, err error) error {
	cause := blobio.Ended(ctx)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		err = assets.ErrNotFound
	case cause != nil:
		err = cause
	default:
		err = blobio.Unavailable(err)
	}
	return blobio.Wrap(op, key, err)
}
