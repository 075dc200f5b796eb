package assetstest

import (
	"bytes"
	"context"
	"io"

	"github.com/10ex/assets"
)

// faultyBlobs has a step for each call. Put has several: its beginning, each
// piece of content that is read, and its end.
type faultyBlobs struct {
	*Injector
	inner assets.Blobs
}

func (b *faultyBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	f, struck := b.step(stepPut)
	if struck && f == Shortens {
		return b.putHalf(ctx, key, mediaType, r)
	}
	if struck {
		if err := injected(f, stepPut); err != nil {
			return err
		}
	}
	if err := b.inner.Put(ctx, key, mediaType, &faultyPieces{b.Injector, stepPutByte, r, 1}); err != nil {
		return err
	}
	return b.strike(stepPutDone)
}

// putHalf stores the first half of a content.
func (b *faultyBlobs) putHalf(ctx context.Context, key, mediaType string, r io.Reader) error {
	whole, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return b.inner.Put(ctx, key, mediaType, bytes.NewReader(whole[:len(whole)/2]))
}

func (b *faultyBlobs) Size(ctx context.Context, key string) (int64, error) {
	if err := b.strike("blobs.Size"); err != nil {
		return 0, err
	}
	return b.inner.Size(ctx, key)
}

func (b *faultyBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := b.strike("blobs.Open"); err != nil {
		return nil, err
	}
	r, err := b.inner.Open(ctx, key, offset, length)
	if err != nil {
		return nil, err
	}
	return &faultyFile{faultyPieces{b.Injector, "blobs.Read", r, 1}, r}, nil
}

func (b *faultyBlobs) Delete(ctx context.Context, key string) error {
	if err := b.strike("blobs.Delete"); err != nil {
		return err
	}
	return b.inner.Delete(ctx, key)
}

// faultyPieces is a reader with a step for each read. Pieces begin with one byte
// and double, so that small contents have several steps and large ones few.
type faultyPieces struct {
	*Injector
	name  string
	inner io.Reader
	piece int
}

func (p *faultyPieces) Read(b []byte) (int, error) {
	if err := p.strike(p.name); err != nil {
		return 0, err
	}
	n, err := p.inner.Read(b[:min(len(b), p.piece)])
	p.piece = min(2*p.piece, 1<<30)
	return n, err
}

// faultyFile is a content that was opened.
type faultyFile struct {
	faultyPieces
	io.Closer
}
