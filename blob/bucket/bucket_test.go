package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	gocloud "gocloud.dev/blob"
	"gocloud.dev/blob/driver"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/gcerrors"

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

// buckets opens what the conformance suites are run on.
var buckets = map[string]func(t *testing.T) *bucket.Bucket{
	"memblob": func(t *testing.T) *bucket.Bucket {
		return open(t, memblob.OpenBucket(&memblob.Options{NoMD5: true}), nil)
	},
	"fileblob":                   func(t *testing.T) *bucket.Bucket { return openFileblob(t, t.TempDir()) },
	"without conditional writes": func(t *testing.T) *bucket.Bucket { return newPlain().open(t) },
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

// readerFunc is an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var (
	errNotFound      = errors.New("404")
	errUnimplemented = errors.New("501")
	errRange         = errors.New("416")
	errDown          = errors.New("500, connection reset")
)

// plain is an object store without conditional writes, which refuses a range
// behind the end as S3 does. Writes fail after writeFails bytes, reads after
// readFails, when these are not zero.
type plain struct {
	driver.Bucket // what is not needed panics
	writeFails    int
	readFails     int
	down          bool

	mu      sync.Mutex
	objects map[string][]byte
}

func newPlain() *plain { return &plain{objects: map[string][]byte{}} }

func (p *plain) open(t *testing.T) *bucket.Bucket { return open(t, gocloud.NewBucket(p), nil) }

func (*plain) Close() error { return nil }

func (*plain) ErrorAs(error, any) bool { return false }

func (*plain) ErrorCode(err error) gcerrors.ErrorCode {
	switch err {
	case errNotFound:
		return gcerrors.NotFound
	case errUnimplemented:
		return gcerrors.Unimplemented
	case errRange:
		return gcerrors.InvalidArgument
	}
	return gcerrors.Unknown
}

func (p *plain) get(key string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	content, ok := p.objects[key]
	switch {
	case p.down:
		return nil, errDown
	case !ok:
		return nil, errNotFound
	}
	return content, nil
}

func (p *plain) Attributes(_ context.Context, key string) (*driver.Attributes, error) {
	content, err := p.get(key)
	return &driver.Attributes{Size: int64(len(content))}, err
}

func (p *plain) Delete(_ context.Context, key string, _ *driver.DeleteOptions) error {
	_, err := p.get(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.objects, key)
	return err
}

func (p *plain) NewTypedWriter(ctx context.Context, key, media string, o *driver.WriterOptions) (driver.Writer, error) {
	switch {
	case o.IfNotExist:
		return nil, errUnimplemented
	case media != "text/plain" && media != "application/octet-stream":
		return nil, errors.New("no media type")
	}
	return &plainWriter{ctx: ctx, to: p, key: key}, nil
}

type plainWriter struct {
	ctx context.Context
	to  *plain
	key string
	buf bytes.Buffer
	err error
}

func (w *plainWriter) Write(p []byte) (int, error) {
	if limit := w.to.writeFails; limit > 0 && w.buf.Len()+len(p) > limit {
		w.err = errDown
		return 0, w.err
	}
	return w.buf.Write(p)
}

func (w *plainWriter) Close() error {
	if err := errors.Join(w.ctx.Err(), w.err); err != nil {
		return err
	}
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	w.to.objects[w.key] = w.buf.Bytes()
	return nil
}

func (p *plain) NewRangeReader(_ context.Context, key string, offset, length int64, _ *driver.ReaderOptions) (driver.Reader, error) {
	content, err := p.get(key)
	if err != nil {
		return nil, err
	}
	if offset >= int64(len(content)) {
		return nil, errRange
	}
	content = content[offset:]
	if length >= 0 {
		content = content[:min(length, int64(len(content)))]
	}
	r := io.Reader(bytes.NewReader(content))
	if p.readFails > 0 {
		r = io.MultiReader(io.LimitReader(r, int64(p.readFails)), readerFunc(func([]byte) (int, error) { return 0, errDown }))
	}
	return plainReader{r}, nil
}

type plainReader struct{ io.Reader }

func (plainReader) Close() error                         { return nil }
func (plainReader) Attributes() *driver.ReaderAttributes { return &driver.ReaderAttributes{} }
func (plainReader) As(any) bool                          { return false }

func TestBucketFailures(t *testing.T) {
	t.Parallel()
	p := newPlain()
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

func TestBucketNamesTheMediaType(t *testing.T) {
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
