package races_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestEightImagesAreDecodedAtOncePRV09: of many images that are asked for, eight
// are read and decoded at once; the others wait and are decoded then.
func TestEightImagesAreDecodedAtOncePRV09(t *testing.T) {
	t.Parallel()
	const images, maxDecoding = 12, 8
	cfg := assetstest.Config()
	b := &decodingBlobs{Blobs: cfg.Blobs, images: images, maxDecoding: maxDecoding, heads: map[string]bool{}, full: make(chan struct{})}
	cfg.Blobs = b
	lib := backends.Library(t, cfg)
	var made []assets.ID
	for range images {
		a, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{Type: assets.TypeImage, Title: "t", NewVersion: assets.NewVersion{Content: bytes.NewReader(fixture.Noise(200, 20))}})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, a.ID)
	}
	fixture.AtOnce(images, func(i int) {
		if _, _, err := fixture.ReadRendition(t.Context(), lib, made[i], 1, 160); err != nil {
			t.Error(err)
		}
	})
	if b.peak != maxDecoding {
		t.Errorf("%d were decoded at once, want %d", b.peak, maxDecoding)
	}
}

// decodingBlobs let decoders proceed when maxDecoding of them run and all other
// calls have read the header of their image.
type decodingBlobs struct {
	assets.Blobs
	images, maxDecoding int
	full                chan struct{}

	mu       sync.Mutex
	heads    map[string]bool // sources whose header was read
	decoding int
	peak     int // of decoding
	open     sync.Once
}

func (b *decodingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil || fixture.IsRendition(key) {
		return body, err
	}
	if !b.enter(key) {
		return body, nil
	}
	<-b.full
	return decoder{body, b}, nil
}

// enter counts an opening, and reports whether the source is opened to be decoded.
func (b *decodingBlobs) enter(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	decodes := b.heads[key]
	b.heads[key] = true
	if decodes {
		b.decoding++
		b.peak = max(b.peak, b.decoding)
	}
	if len(b.heads) == b.images && b.decoding >= b.maxDecoding {
		b.open.Do(func() { close(b.full) })
	}
	return decodes
}

func (b *decodingBlobs) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decoding--
}

// decoder is a source that is being decoded.
type decoder struct {
	io.ReadCloser
	of *decodingBlobs
}

func (d decoder) Close() error {
	d.of.leave()
	return d.ReadCloser.Close()
}
