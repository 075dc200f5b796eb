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
	"strings"
	"sync"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestRenditionOfNarrowImage: an image that is not wider than the width is returned
// unchanged.
func TestRenditionOfNarrowImage(t *testing.T) {
	t.Parallel()
	data := fixture.Noise(320, 10)
	lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), data, "hero.png")
	for _, width := range []int{0, 320, 640, 1280} {
		got, content, err := fixture.ReadRendition(t.Context(), lib, id, 1, width)
		if err != nil || !bytes.Equal(got, data) || content.Filename != "hero.png" {
			t.Errorf("%d: %d bytes of %+v, %v", width, len(got), content, err)
		}
	}
	if counts.Puts.Load() != 0 {
		t.Error("a rendition was stored")
	}
	for _, width := range []int{-1, 1, 161, 1281} {
		if _, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, width); assets.Code(err) != "validation_error" {
			t.Errorf("%d: %v", width, err)
		}
		if _, err := lib.PreviewURL(t.Context(), fixture.Ann, id, assets.PreviewOptions{Width: width}); assets.Code(err) != "validation_error" {
			t.Errorf("link to %d: %v", width, err)
		}
	}
}

// TestRenditionOfEachVersionPRV09: each version has a rendition of its own; a
// rollback shares that of its source.
func TestRenditionOfEachVersionPRV09(t *testing.T) {
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
	lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), plain(color.White), "a.png")
	if _, err := lib.AddVersion(t.Context(), fixture.Ann, id, assets.NewVersion{Content: bytes.NewReader(plain(color.Black)), Filename: "b.png"}); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.Rollback(t.Context(), fixture.Ann, id, assets.Rollback{Version: 1}); err != nil {
		t.Fatal(err)
	}
	fixture.AtOnce(30, func(i int) {
		n := assets.Selector(i%3 + 1)
		data, _, err := fixture.ReadRendition(t.Context(), lib, id, n, 160)
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
	if counts.Puts.Load() != 2 {
		t.Errorf("%d renditions stored, want 2", counts.Puts.Load())
	}
}

// TestRenditionOfBadImageFIL05: an image that cannot be decoded, or is not wider than its
// rendition, is returned as it is stored, and is not read again for that. One that is cut
// has the rendition of what is there.
func TestRenditionOfBadImageFIL05(t *testing.T) {
	t.Parallel()
	whole := fixture.Noise(400, 300)
	png, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), whole[:len(whole)/2], "x.png")
	if got, content, err := fixture.ReadRendition(t.Context(), png, id, 1, 160); err != nil || content.MediaType != "image/png" || int64(len(got)) != content.SizeBytes || counts.Puts.Load() != 1 {
		t.Errorf("cut: %+v, %v", content, err)
	}
	arithmetic := bytes.Replace(fixture.RawJPEG{Width: 400, Height: 300, Sampling: []byte{0x11}}.Bytes(), []byte{0xff, 0xc0}, []byte{0xff, 0xc9}, 1)
	for name, data := range map[string][]byte{"no pixels": whole[:40], "no header": whole[:20], "arithmetic codes": arithmetic, "narrow": fixture.Noise(160, 300)} {
		lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), data, "x.png")
		for range 3 {
			before := counts.Opens.Load()
			got, content, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160)
			if err != nil || !bytes.Equal(got, data) || content.Filename != "x.png" || counts.Puts.Load() != 0 {
				t.Errorf("%s: %d bytes of %+v, %v", name, len(got), content, err)
			}
			if n := counts.Opens.Load() - before; before > 0 && n != 1 {
				t.Errorf("%s: it was opened %d times to be returned", name, n)
			}
		}
	}
}

// TestRenditionOfAVIFHOS03: an AVIF image over the limits has no rendition. Any other one is
// returned as it is stored, and is read for that once.
func TestRenditionOfAVIFHOS03(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		size image.Point
		want error
	}{
		{image.Pt(50_000, 50_000), assets.ErrUnsupportedMediaType},
		{image.Pt(4000, 3000), nil},
	} {
		data := append(fixture.AVIF(tt.size), make([]byte, 100<<10)...)
		lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), data, "x.avif")
		for range 2 {
			for _, width := range []int{160, 1280} {
				if _, content, err := fixture.ReadRendition(t.Context(), lib, id, 1, width); !errors.Is(err, tt.want) || err == nil && content.SizeBytes != int64(len(data)) {
					t.Errorf("%v at %d: %+v, %v", tt.size, width, content, err)
				}
			}
		}
		whole, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 0)
		if err != nil || !bytes.Equal(whole, data) {
			t.Errorf("%v without a width: %d bytes, %v", tt.size, len(whole), err)
		}
		opens := int64(3) // once for each width, and without one
		if tt.want == nil {
			opens += 4 // as it is stored
		}
		if n := counts.Opens.Load(); n != opens || counts.Puts.Load() != 0 {
			t.Errorf("%v was opened %d times, want %d; %d renditions", tt.size, n, opens, counts.Puts.Load())
		}
	}
}

// TestRenditionFields: what is wrong with a call is told at once, and before the asset is
// looked up.
func TestRenditionFields(t *testing.T) {
	t.Parallel()
	lib := assetstest.New(t)
	reader := fixture.Ann
	for name, tt := range map[string]struct {
		id    assets.ID
		sel   assets.Selector
		width int
		paths string
	}{
		"an asset that is not there": {fixture.AbsentID, assets.SelectCurrent, 7, "width"},
		"everything":                 {"x", -9, 7, "width asset_id version"},
	} {
		_, open := lib.OpenRendition(t.Context(), reader, tt.id, tt.sel, tt.width)
		_, link := lib.PreviewURL(t.Context(), reader, tt.id, assets.PreviewOptions{Version: tt.sel, Width: tt.width})
		for call, err := range map[string]error{"OpenRendition": open, "PreviewURL": link} {
			if got := strings.Join(fixture.FieldPaths(err), " "); got != tt.paths {
				t.Errorf("%s of %s: %q (%v), want %q", call, name, got, err, tt.paths)
			}
		}
	}
	reader.Scopes = nil
	if _, err := lib.OpenRendition(t.Context(), reader, "x", -9, 7); !errors.Is(err, assets.ErrForbiddenScope) {
		t.Errorf("without a scope: %v", err)
	}
}

// TestVolumeRenditionOverTheBudgetPRV09: an image that needs too much memory has no rendition.
func TestVolumeRenditionOverTheBudgetPRV09(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Limits.RenditionMemory = 1 << 20
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Ann, assets.NewAsset{Type: assets.TypeImage, Title: "t", NewVersion: assets.NewVersion{Content: bytes.NewReader(fixture.Noise(1000, 1000))}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, assets.ErrUnsupportedMediaType) || !strings.Contains(err.Error(), "at most 1 are") {
		t.Errorf("over the budget: %v", err)
	}
}

// TestRenditionIsMadeOncePRV09: a thousand first requests at once read and decode the
// source once.
func TestRenditionIsMadeOncePRV09(t *testing.T) {
	t.Parallel()
	lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), fixture.Noise(400, 300), "hero.png")
	var first []byte
	var once sync.Once
	fixture.AtOnce(1000, func(int) {
		data, content, err := fixture.ReadRendition(t.Context(), lib, id, 1, 320)
		once.Do(func() { first = data })
		if err != nil || content.MediaType != "image/jpeg" || content.Filename != "hero-w320.jpg" || int64(len(data)) != content.SizeBytes {
			t.Errorf("%d bytes of %+v, %v", len(data), content, err)
		}
	})
	if opens, puts := counts.Opens.Load(), counts.Puts.Load(); opens != 2 || puts != 1 {
		t.Errorf("the source was opened %d times (its head, and all of it), a rendition put %d times", opens, puts)
	}
	if config, err := jpeg.DecodeConfig(bytes.NewReader(first)); err != nil || config.Width != 320 || config.Height != 240 {
		t.Errorf("%+v, %v", config, err)
	}
	again, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 320)
	if err != nil || !bytes.Equal(first, again) || counts.Opens.Load() != 2 {
		t.Errorf("again: %v", err)
	}
}

// TestRenditionIsShared: calls that wait for one rendition share the work. It goes on
// when the first caller is canceled, and ends when all are.
func TestRenditionIsShared(t *testing.T) {
	t.Parallel()
	lib, id, counts := fixture.ImageLibrary(t, blob.NewMemory(), fixture.Noise(400, 300), "hero.png")
	counts.Gate, counts.Entered = make(chan struct{}), make(chan struct{}, 10)
	ask := func() (cancel context.CancelFunc, result chan error) {
		ctx, cancel := context.WithCancel(t.Context())
		result = make(chan error, 1)
		go func() {
			_, _, err := fixture.ReadRendition(ctx, lib, id, 1, 160)
			result <- err
		}()
		return cancel, result
	}
	cancelFirst, first := ask()
	<-counts.Entered // it is being made
	cancelSecond, second := ask()
	cancelFirst()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("first: %v", err)
	}
	cancelSecond()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("second: %v", err)
	}
	_, third := ask()
	cancelFourth, fourth := ask()
	cancelFourth()
	if err := <-fourth; !errors.Is(err, context.Canceled) {
		t.Errorf("fourth: %v", err)
	}
	close(counts.Gate)
	if err := <-third; err != nil {
		t.Errorf("third: %v", err)
	}
}

// TestDetailOfFailure: callers learn why, also of a failure that is remembered.
func TestDetailOfFailure(t *testing.T) {
	t.Parallel()
	data := fixture.RawJPEG{Width: 300, Height: 200, Sampling: []byte{0x11}, Progressive: true, Scans: 100}.Bytes()
	lib, id, _ := fixture.ImageLibrary(t, blob.NewMemory(), data, "x.jpg")
	for range 2 {
		_, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160)
		if got := assets.Detail(err); got != "the image cannot be scaled: it has more than 100 scans" {
			t.Errorf("%q", got)
		}
	}
}

// TestEraseDuringARendition: one that is stored after its version was erased is deleted.
func TestEraseDuringARendition(t *testing.T) {
	t.Parallel()
	blobs := blob.NewMemory()
	lib, id, counting := fixture.ImageLibrary(t, blobs, fixture.Noise(400, 300), "noise.png")
	counting.Gate, counting.Entered = make(chan struct{}), make(chan struct{}, 8)
	failed := make(chan error, 1)
	held := make(chan struct{})
	counting.Blobs = heldPuts{blobs, held}
	go func() {
		_, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160)
		failed <- err
	}()
	<-counting.Entered
	close(counting.Gate)
	held <- struct{}{} // the rendition is encoded and about to be stored
	if _, err := lib.Erase(t.Context(), fixture.Ann, id, 1, "r"); err != nil {
		t.Fatal(err)
	}
	held <- struct{}{}
	if err := <-failed; !errors.Is(err, assets.ErrErased) {
		t.Errorf("the rendition: %v", err)
	}
	if objects := fixture.Objects(t, blobs); len(objects) > 0 {
		t.Errorf("left: %v", objects)
	}
}

// heldPuts stores after two values from a channel.
type heldPuts struct {
	assets.Blobs
	held chan struct{}
}

func (b heldPuts) Put(ctx context.Context, key, mediaType string, r io.Reader) error {
	<-b.held
	<-b.held
	return b.Blobs.Put(ctx, key, mediaType, r)
}
