package assets_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
)

// keptBlobs counts what is done to sources and to renditions, and may hold
// the reading of sources up.
type keptBlobs struct {
	assets.Blobs
	opens, puts atomic.Int64 // of sources; of renditions
	gate        chan struct{}
	entered     chan struct{} // receives, with a gate, for each who waits at it
}

func isRendition(key string) bool { return strings.Contains(key, "~") }

func (b *keptBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if !isRendition(key) {
		b.opens.Add(1)
		if b.gate != nil {
			b.entered <- struct{}{}
			select {
			case <-b.gate:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
	return b.Blobs.Open(ctx, key, offset, length)
}

func (b *keptBlobs) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	if isRendition(key) {
		b.puts.Add(1)
	}
	return b.Blobs.Put(ctx, key, mediaType, r)
}

// noise is a picture that compresses badly.
func noise(w, h int) []byte {
	im := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range im.Pix {
		im.Pix[i] = byte(r.Uint32()) | byte(i%4/3*255) // opaque
	}
	var out bytes.Buffer
	if err := png.Encode(&out, im); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// pictured is a library with one image.
func pictured(t *testing.T, b assets.Blobs, data []byte, name string) (*assets.Library, assets.ID, *keptBlobs) {
	t.Helper()
	kept := &keptBlobs{Blobs: b}
	cfg := assetstest.Config()
	cfg.Blobs = kept
	lib := library(t, cfg)
	made, err := lib.Create(t.Context(), ann, assets.NewAsset{
		Type: assets.TypeImage, Title: "Hero", NewVersion: assets.NewVersion{Content: bytes.NewReader(data), Filename: name},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lib, made.ID, kept
}

// readRendition answers a rendition's bytes and descriptor.
func readRendition(ctx context.Context, lib *assets.Library, id assets.ID, n assets.Selector, width int) ([]byte, assets.Content, error) {
	f, err := lib.OpenRendition(ctx, ann, id, n, width)
	if err != nil {
		return nil, assets.Content{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return data, f.Version.Content, err
}

func TestPRV09ThousandFirstRequests(t *testing.T) {
	t.Parallel()
	lib, id, kept := pictured(t, blob.NewMemory(), noise(400, 300), "hero.png")
	var first []byte
	var once sync.Once
	atOnce(1000, func(int) {
		data, content, err := readRendition(t.Context(), lib, id, 1, 320)
		once.Do(func() { first = data })
		if err != nil || content.MediaType != "image/jpeg" || content.Filename != "hero-w320.jpg" || int64(len(data)) != content.SizeBytes {
			t.Errorf("%d bytes of %+v, %v", len(data), content, err)
		}
	})
	if opens, puts := kept.opens.Load(), kept.puts.Load(); opens != 2 || puts != 1 {
		t.Errorf("the source was opened %d times (its head, and all of it), a rendition put %d times", opens, puts)
	}
	if config, err := jpeg.DecodeConfig(bytes.NewReader(first)); err != nil || config.Width != 320 || config.Height != 240 {
		t.Errorf("%+v, %v", config, err)
	}
	again, _, err := readRendition(t.Context(), lib, id, 1, 320)
	if err != nil || !bytes.Equal(first, again) || kept.opens.Load() != 2 {
		t.Errorf("another time: %v", err)
	}
}

// TestRenditionOutlivesWhoAskedFirst: the one who asked first leaves, and the
// other is served; when both have left, nothing goes on.
func TestRenditionOutlivesWhoAskedFirst(t *testing.T) {
	t.Parallel()
	lib, id, kept := pictured(t, blob.NewMemory(), noise(400, 300), "hero.png")
	kept.gate, kept.entered = make(chan struct{}), make(chan struct{}, 10)
	ask := func() (cancel context.CancelFunc, answer chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		answer = make(chan error, 1)
		go func() {
			_, _, err := readRendition(ctx, lib, id, 1, 160)
			answer <- err
		}()
		return cancel, answer
	}
	leaveFirst, first := ask()
	<-kept.entered // it is being made
	leaveSecond, second := ask()
	leaveFirst()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	leaveSecond()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("second: %v", err)
	}
	_, third := ask()
	leaveFourth, fourth := ask()
	leaveFourth()
	if err := <-fourth; !errors.Is(err, context.Canceled) {
		t.Errorf("fourth: %v", err)
	}
	close(kept.gate)
	if err := <-third; err != nil {
		t.Errorf("third: %v", err)
	}
}

func TestRenditionOfNothingWider(t *testing.T) {
	t.Parallel()
	data := noise(320, 10)
	lib, id, kept := pictured(t, blob.NewMemory(), data, "hero.png")
	for _, width := range []int{0, 320, 640, 1280} {
		got, content, err := readRendition(t.Context(), lib, id, 1, width)
		if err != nil || !bytes.Equal(got, data) || content.Filename != "hero.png" {
			t.Errorf("%d: %d bytes of %+v, %v", width, len(got), content, err)
		}
	}
	if kept.puts.Load() != 0 {
		t.Error("something was kept")
	}
	for _, width := range []int{-1, 1, 161, 1281} {
		if _, _, err := readRendition(t.Context(), lib, id, 1, width); assets.Code(err) != "validation_error" {
			t.Errorf("%d: %v", width, err)
		}
		if _, err := lib.PreviewURL(t.Context(), ann, id, assets.PreviewOptions{Width: width}); assets.Code(err) != "validation_error" {
			t.Errorf("link to %d: %v", width, err)
		}
	}
}

// TestPRV09NeverAnotherVersions: each version has its own, and one that was
// rolled back to shares its source's.
func TestPRV09NeverAnotherVersions(t *testing.T) {
	t.Parallel()
	plain := func(c color.Color) []byte {
		im := image.NewRGBA(image.Rect(0, 0, 200, 100))
		for i := range 200 * 100 {
			im.Set(i%200, i/200, c)
		}
		var out bytes.Buffer
		if err := png.Encode(&out, im); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	lib, id, kept := pictured(t, blob.NewMemory(), plain(color.White), "a.png")
	if _, err := lib.AddVersion(t.Context(), ann, id, assets.NewVersion{Content: bytes.NewReader(plain(color.Black)), Filename: "b.png"}); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Rollback(t.Context(), ann, id, assets.Rollback{Version: 1}); err != nil {
		t.Fatal(err)
	}
	atOnce(30, func(i int) {
		n := assets.Selector(i%3 + 1)
		data, _, err := readRendition(t.Context(), lib, id, n, 160)
		if err != nil {
			t.Error(err)
			return
		}
		im, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Error(err)
			return
		}
		if r, _, _, _ := im.At(80, 40).RGBA(); (r < 0x8000) != (n == 2) {
			t.Errorf("version %d shows %x", n, r)
		}
	})
	if kept.puts.Load() != 2 {
		t.Errorf("%d renditions kept, want 2", kept.puts.Load())
	}
}

// TestPRV09Refused: what cannot be decoded is 415, what is damaged is not.
func TestPRV09Refused(t *testing.T) {
	t.Parallel()
	whole := noise(400, 300)
	cut := whole[:len(whole)/2]
	for name, data := range map[string][]byte{"cut": cut, "no pixels": whole[:40]} {
		lib, id, kept := pictured(t, blob.NewMemory(), data, "x.png")
		_, _, err := readRendition(t.Context(), lib, id, 1, 160)
		if !errors.Is(err, assets.ErrUnsupportedMediaType) || kept.puts.Load() != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if got, _, err := readRendition(t.Context(), lib, id, 1, 0); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s, as it is: %v", name, err)
		}
	}
	cfg := assetstest.Config()
	cfg.Limits.RenditionMemory = 1 << 20
	lib := library(t, cfg)
	made, err := lib.Create(t.Context(), ann, assets.NewAsset{Type: assets.TypeImage, Title: "t", NewVersion: assets.NewVersion{Content: bytes.NewReader(noise(1000, 1000))}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := readRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, assets.ErrUnsupportedMediaType) || !strings.Contains(err.Error(), "at most 1 are") {
		t.Errorf("over the budget: %v", err)
	}
}
