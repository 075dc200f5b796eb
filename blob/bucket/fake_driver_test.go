package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	gocloud "gocloud.dev/blob"
	"gocloud.dev/blob/driver"
	"gocloud.dev/gcerrors"

	"github.com/10ex/assets/blob/bucket"
	"github.com/10ex/assets/internal/testing/fixture"
)

var (
	errNotFound      = errors.New("404")
	errUnimplemented = errors.New("501")
	errRange         = errors.New("416")
	errDown          = errors.New("500, connection reset")
)

// fakeDriver is an object store without conditional writes. As S3 does, it returns an
// error for a range after the end.
type fakeDriver struct {
	driver.Bucket     // nil: its methods are not called
	writeFails    int // bytes of a write before it fails; 0: never
	readFails     int // bytes of a read before it fails; 0: never
	down          bool

	mu      sync.Mutex
	objects map[string][]byte
}

func newFakeDriver() *fakeDriver { return &fakeDriver{objects: map[string][]byte{}} }

func (p *fakeDriver) open(t *testing.T) *bucket.Bucket { return open(t, gocloud.NewBucket(p), nil) }

func (*fakeDriver) Close() error { return nil }

func (*fakeDriver) ErrorAs(error, any) bool { return false }

func (*fakeDriver) ErrorCode(err error) gcerrors.ErrorCode {
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

func (p *fakeDriver) get(key string) ([]byte, error) {
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

func (p *fakeDriver) Attributes(_ context.Context, key string) (*driver.Attributes, error) {
	content, err := p.get(key)
	return &driver.Attributes{Size: int64(len(content))}, err
}

func (p *fakeDriver) Delete(_ context.Context, key string, _ *driver.DeleteOptions) error {
	_, err := p.get(key)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.objects, key)
	return err
}

func (p *fakeDriver) NewTypedWriter(ctx context.Context, key, media string, o *driver.WriterOptions) (driver.Writer, error) {
	switch {
	case o.IfNotExist:
		return nil, errUnimplemented
	case media != "text/plain" && media != "application/octet-stream":
		return nil, errors.New("no media type")
	}
	return &fakeWriter{ctx: ctx, to: p, key: key}, nil
}

type fakeWriter struct {
	ctx context.Context
	to  *fakeDriver
	key string
	buf bytes.Buffer
	err error
}

func (w *fakeWriter) Write(p []byte) (int, error) {
	if limit := w.to.writeFails; limit > 0 && w.buf.Len()+len(p) > limit {
		w.err = errDown
		return 0, w.err
	}
	return w.buf.Write(p)
}

func (w *fakeWriter) Close() error {
	if err := errors.Join(w.ctx.Err(), w.err); err != nil {
		return err
	}
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	w.to.objects[w.key] = w.buf.Bytes()
	return nil
}

func (p *fakeDriver) NewRangeReader(_ context.Context, key string, offset, length int64, _ *driver.ReaderOptions) (driver.Reader, error) {
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
		r = io.MultiReader(io.LimitReader(r, int64(p.readFails)), fixture.ReaderFunc(func([]byte) (int, error) { return 0, errDown }))
	}
	return fakeReader{r}, nil
}

type fakeReader struct{ io.Reader }

func (fakeReader) Close() error                         { return nil }
func (fakeReader) Attributes() *driver.ReaderAttributes { return &driver.ReaderAttributes{} }
func (fakeReader) As(any) bool                          { return false }
