package assets_test

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
)

// TestPRV09EightAreDecodedAtOnce: of many images, so many are being read to be
// decoded; the others wait, and have their turn.
func TestPRV09EightAreDecodedAtOnce(t *testing.T) {
	t.Parallel()
	const images, atMost = 12, 8
	cfg := assetstest.Config()
	b := &crowdedBlobs{Blobs: cfg.Blobs, images: images, atMost: atMost, heads: map[string]bool{}, full: make(chan struct{})}
	cfg.Blobs = b
	lib := library(t, cfg)
	var made []assets.ID
	for range images {
		a, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeImage, Title: "t", NewVersion: assets.NewVersion{Content: bytes.NewReader(noise(200, 20))}})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, a.ID)
	}
	atOnce(images, func(i int) {
		if _, _, err := readRendition(t.Context(), lib, made[i], 1, 160); err != nil {
			t.Error(err)
		}
	})
	if b.most != atMost {
		t.Errorf("%d were decoded at once, want %d", b.most, atMost)
	}
}

// crowdedBlobs let decoders go on when as many as may are at work, and all
// others have come as far as to wait.
type crowdedBlobs struct {
	assets.Blobs
	images, atMost int
	full           chan struct{}

	mu       sync.Mutex
	heads    map[string]bool // sources that were opened before: to be inspected
	decoding int
	most     int // decoded at once
	open     sync.Once
}

func (b *crowdedBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil || isRendition(key) {
		return body, err
	}
	if !b.enter(key) {
		return body, nil
	}
	<-b.full
	return decoder{body, b}, nil
}

// enter reports whether a source is opened to be decoded.
func (b *crowdedBlobs) enter(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	decodes := b.heads[key]
	b.heads[key] = true
	if decodes {
		b.decoding++
		b.most = max(b.most, b.decoding)
	}
	if len(b.heads) == b.images && b.decoding >= b.atMost {
		b.open.Do(func() { close(b.full) })
	}
	return decodes
}

func (b *crowdedBlobs) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decoding--
}

// decoder is a source that is being decoded.
type decoder struct {
	io.ReadCloser
	of *crowdedBlobs
}

func (d decoder) Close() error {
	d.of.leave()
	return d.ReadCloser.Close()
}
