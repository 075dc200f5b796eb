// Package bucket keeps the bytes of versions in any gocloud.dev bucket.
//
// The one rule to know: this package imports no cloud driver. The host imports the
// driver that it uses, such as gocloud.dev/blob/s3blob, and opens the bucket itself.
// For S3, use package blob/s3.
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
// Put is as durable as the bucket: object stores are durable when they acknowledge a
// write, fileblob is not (use blob.OpenDir). Of two concurrent Puts of one key, one
// fails with blob.ErrExists: always if both use the same Bucket value, else if the
// bucket has conditional writes. A Bucket is safe for concurrent use.
type Bucket struct {
	// BeforeWrite, if not nil, is called before each write, as the field of the
	// same name in gocloud.dev's blob.WriterOptions. It sets options of the
	// driver, such as encryption. It must not be changed after the first use.
	// Package blob/s3 sets the one that S3 needs.
	BeforeWrite func(as func(any) bool) error

	bucket *gcblob.Bucket

	mu      sync.Mutex
	writing map[string]struct{} // keys of the Puts in progress
}

var (
	_ assets.Blobs     = (*Bucket)(nil)
	_ blob.Sweepable   = (*Bucket)(nil)
	_ assets.KeyLister = (*Bucket)(nil)
)

// New returns a Bucket that uses a bucket which the host has opened and closes.
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

// upload writes a key that must not exist. A driver without conditional writes returns
// Unimplemented before it reads anything; upload then checks whether the key exists and
// writes without a condition.
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

// claim reserves a key for one Put. It reports false if another Put has reserved it.
func (b *Bucket) claim(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, taken := b.writing[key]; taken {
		return false
	}
	b.writing[key] = struct{}{}
	return true
}

// release ends the reservation of a key.
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
		length = -1 // drivers add offset and length, which would overflow
	}
	r, err := b.bucket.NewRangeReader(ctx, key, offset, length, nil)
	if err == nil {
		return blobio.NewContent(ctx, key, r, r), nil
	}
	if gcerrors.Code(err) != gcerrors.NotFound {
		// Object stores return an error for a range that begins after the last byte.
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

// Keys implements [assets.KeyLister].
func (b *Bucket) Keys(ctx context.Context, folder string) iter.Seq2[string, error] {
	return blob.KeysOf(b.List(ctx, folder))
}

// maxListRetries is the number of times that a listing requests a page again. With
// fileblob a page fails if an object is deleted meanwhile, such as by another sweep.
const maxListRetries = 20

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
		retries := 0
		for objects := b.bucket.List(&options); ; {
			object, err := objects.Next(ctx)
			if err == io.EOF {
				return
			}
			if gcerrors.Code(err) == gcerrors.NotFound && retries < maxListRetries {
				retries++ // Next requests the same page again
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

// failure returns the error of package blob for an error of the bucket.
func failure(ctx context.Context, op, key string, err error) error {
	cause := blobio.ContextError(ctx)
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
