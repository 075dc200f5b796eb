package hostile_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/blob"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// hostileImages returns images that would take far more than they declare.
func hostileImages() map[string][]byte {
	canvas, huge := image.Pt(1400, 10), image.Pt(16384, 16384)
	many := fixture.RawJPEG{Width: 1200, Height: 800, Sampling: []byte{0x11}, Progressive: true, Scans: 8000}
	again := fixture.RawJPEG{Width: 1200, Height: 800, Sampling: []byte{0x22, 0x11, 0x11}, Scans: 150}
	return map[string][]byte{
		"HOS03 animated WebP, larger frame":  fixture.AnimatedWebP(canvas, canvas, fixture.LosslessWebP(huge)),
		"HOS03 WebP, larger frame":           fixture.WebP(fixture.ExtendedWebP(0, canvas), fixture.LosslessWebP(huge)),
		"HOS03 PNG of 100 million in a row":  fixture.RawPNG{Width: 100_000_000, Height: 1, Depth: 8, Kind: 3, Stream: []byte{}}.Bytes(),
		"HOS04 progressive JPEG, many scans": many.Bytes(),
		"HOS04 baseline JPEG, many scans":    again.Bytes(),
		"HOS04 grey PNG with tRNS":           fixture.RawPNG{Width: 9000, Height: 9000, Depth: 8, Transparent: true, Stream: []byte{}}.Bytes(),
		"HOS04 interlaced PNG":               fixture.RawPNG{Width: 5000, Height: 4000, Depth: 8, Kind: 6, Interlaced: true, Stream: []byte{}}.Bytes(),
	}
}

// TestVolumeHostileImagesAreRefused: a hostile image is 415, eight times at once and again;
// then it is read no more. Other images are scaled meanwhile.
func TestVolumeHostileImagesAreRefused(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		opens := &fixture.CountingBlobs{Blobs: cfg.Blobs}
		cfg.Blobs = opens
		lib := backends.Library(t, cfg)
		for name, data := range hostileImages() {
			t.Run(name, func(t *testing.T) {
				hostile, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(data))
				if err != nil {
					t.Fatal(err)
				}
				valid, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.Noise(400, 300)))
				if err != nil {
					t.Fatal(err)
				}
				fixture.AtOnce(9, func(i int) {
					if i == 8 {
						if _, _, err := fixture.ReadRendition(t.Context(), lib, valid.ID, 1, 160); err != nil {
							t.Errorf("a valid image: %v", err)
						}
						return
					}
					if _, _, err := fixture.ReadRendition(t.Context(), lib, hostile.ID, 1, assets.Widths()[i%2]); assets.Code(err) != "unsupported_media_type" {
						t.Errorf("%v", err)
					}
				})
				before := opens.Opens.Load()
				for range 20 {
					if _, _, err := fixture.ReadRendition(t.Context(), lib, hostile.ID, 1, 160); assets.Code(err) != "unsupported_media_type" {
						t.Errorf("again: %v", err)
					}
				}
				if n := opens.Opens.Load() - before; n != 0 {
					t.Errorf("it was opened %d more times", n)
				}
				if data, _, err := fixture.ReadRendition(t.Context(), lib, hostile.ID, 1, 0); err != nil || len(data) == 0 {
					t.Errorf("as it is: %v", err)
				}
			})
		}
	})
}

// TestFailuresAreBounded: the oldest failure is forgotten.
func TestVolumeFailuresAreBoundedHOS04(t *testing.T) {
	t.Parallel()
	large := fixture.RawPNG{Width: 100_000_000, Height: 1, Depth: 8, Kind: 3, Stream: []byte{}}.Bytes()
	lib, first, counts := fixture.ImageLibrary(t, blob.NewMemory(), large, "x.png")
	fails := func(id assets.ID, opens int64) {
		t.Helper()
		before := counts.Opens.Load()
		if _, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, 160); !errors.Is(err, assets.ErrUnsupportedMediaType) {
			t.Fatal(err)
		}
		if n := counts.Opens.Load() - before; n != opens {
			t.Fatalf("opened %d times, want %d", n, opens)
		}
	}
	fails(first, 1)
	fails(first, 0)
	for range 4096 {
		made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(large))
		if err != nil {
			t.Fatal(err)
		}
		fails(made.ID, 1)
	}
	fails(first, 1)
}

// TestNothingToScaleKeepsFailures: images that have nothing to scale, which are many, do not
// displace failures. The oldest of them is forgotten.
func TestVolumeNothingToScaleKeepsFailuresHOS04(t *testing.T) {
	t.Parallel()
	large := fixture.RawPNG{Width: 100_000_000, Height: 1, Depth: 8, Kind: 3, Stream: []byte{}}.Bytes()
	lib, failed, counts := fixture.ImageLibrary(t, blob.NewMemory(), large, "x.png")
	opens := func(id assets.ID, width int) int64 {
		before := counts.Opens.Load()
		_, _, err := fixture.ReadRendition(t.Context(), lib, id, 1, width)
		if (err != nil) != (id == failed) {
			t.Fatal(err)
		}
		return counts.Opens.Load() - before
	}
	opens(failed, 160)
	narrow := fixture.Noise(100, 10)
	var all []assets.ID
	for range 4096/len(assets.Widths()) + 1 {
		made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(narrow))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, made.ID)
		for _, width := range assets.Widths() {
			if n := opens(made.ID, width); n != 2 {
				t.Fatalf("opened %d times", n)
			}
		}
	}
	if n := opens(failed, 160); n != 0 {
		t.Errorf("the failure was opened %d times more", n)
	}
	for i, want := range map[int]int64{0: 2, len(all) - 1: 1} {
		if n := opens(all[i], 160); n != want {
			t.Errorf("image %d was opened %d times more, want %d", i, n, want)
		}
	}
}

// TestOtherFailuresAreNotRemembered: a failure of the back end, damaged bytes, or a
// full budget does not spoil the next call.
func TestOtherFailuresAreNotRememberedHOS04(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	cfg.Limits.WorkWait = time.Millisecond
	b := &changingBlobs{Blobs: cfg.Blobs}
	cfg.Blobs = b
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.Noise(400, 300)))
	if err != nil {
		t.Fatal(err)
	}
	release, err := lib.Admit(t.Context(), lib.Limits().WorkMemory)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, assets.ErrUnavailable) {
		t.Errorf("a full budget: %v", err)
	}
	release()
	for _, tt := range []struct {
		change func([]byte) ([]byte, error)
		want   error
	}{
		{func([]byte) ([]byte, error) { return nil, errors.New("no bucket") }, assets.ErrUnavailable},
		{func(data []byte) ([]byte, error) { return data[:len(data)/2], nil }, assets.ErrCorrupt},
		{func(data []byte) ([]byte, error) { return append([]byte("GIF"), data[3:]...), nil }, assets.ErrCorrupt},
		{func(data []byte) ([]byte, error) {
			data = bytes.Clone(data)
			data[16] = 0x7f // the width
			return data, nil
		}, assets.ErrCorrupt},
		{func(data []byte) ([]byte, error) {
			data = bytes.Clone(data)
			data[18] = 0 // it is narrow now
			return data, nil
		}, assets.ErrCorrupt},
	} {
		b.change.Store(&tt.change)
		if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
	}
	b.change.Store(nil)
	if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// changingBlobs change what is read of sources.
type changingBlobs struct {
	assets.Blobs
	change atomic.Pointer[func([]byte) ([]byte, error)]
}

func (b *changingBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	change := b.change.Load()
	if err != nil || change == nil || fixture.IsRendition(key) {
		return body, err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err == nil {
		data, err = (*change)(data)
	}
	return io.NopCloser(bytes.NewReader(data)), err
}

// TestWaitingIsNotDecoding: an image that has waited for the budget longer than
// decoding may take is scaled then, or is 503 when it has waited too long, but never
// 415.
func TestWaitingIsNotDecodingHOS04(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]error{time.Hour: nil, 10 * time.Second: assets.ErrUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			cfg := assetstest.Config()
			cfg.Limits.WorkWait = wait
			lib := backends.Library(t, cfg)
			made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.Noise(400, 300)))
			if err != nil {
				t.Fatal(err)
			}
			release, err := lib.Admit(t.Context(), lib.Limits().WorkMemory)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(5*time.Minute, release)
			start := time.Now()
			if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, want) {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			time.Sleep(10 * time.Minute)
		})
	}
}

// TestDecodingEndsWithTheLastClient: when the last client has gone, decoding ends and
// its memory is free, although the bucket goes on.
func TestDecodingEndsWithTheLastClientHOS04(t *testing.T) {
	t.Parallel()
	cfg := assetstest.Config()
	b := &endlessBlobs{Blobs: cfg.Blobs, reading: make(chan struct{})}
	cfg.Blobs = b
	lib := backends.Library(t, cfg)
	made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.RawPNG{Width: 400, Height: 300, Depth: 8, Stream: append([]byte("\x78\x9c"), bytes.Repeat([]byte("\x00\x00\x00\xff\xff"), 1<<20)...)}.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	b.loop.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, _, err := fixture.ReadRendition(ctx, lib, made.ID, 1, 160)
		result <- err
	}()
	<-b.reading
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	release, err := lib.Admit(t.Context(), lib.Limits().WorkMemory)
	if err != nil {
		t.Fatalf("its memory is not free: %v", err)
	}
	release()
}

// TestDecodingHasATimeLimitHOS04: decoding that takes more than a minute is 503 and is
// not remembered.
func TestDecodingHasATimeLimitHOS04(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := assetstest.Config()
		b := &endlessBlobs{Blobs: cfg.Blobs, reading: make(chan struct{}), pause: time.Second}
		cfg.Blobs = b
		lib := backends.Library(t, cfg)
		made, err := lib.Create(t.Context(), fixture.Ann, fixture.Image(fixture.RawPNG{Width: 400, Height: 300, Depth: 8, Stream: append([]byte("\x78\x9c"), bytes.Repeat([]byte("\x00\x00\x00\xff\xff"), 1<<20)...)}.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		b.loop.Store(true)
		for range 2 {
			start := time.Now()
			if _, _, err := fixture.ReadRendition(t.Context(), lib, made.ID, 1, 160); !errors.Is(err, assets.ErrUnavailable) {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
				t.Errorf("it took %v", took)
			}
		}
	})
}

// endlessBlobs return sources that never end and ignore the context.
type endlessBlobs struct {
	assets.Blobs
	loop    atomic.Bool
	pause   time.Duration // before each read of the pixels
	reading chan struct{} // closed after some of those reads
	once    sync.Once
}

func (b *endlessBlobs) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	body, err := b.Blobs.Open(ctx, key, offset, length)
	if err != nil || !b.loop.Load() || fixture.IsRendition(key) {
		return body, err
	}
	head := make([]byte, 43) // up to the pixels and two bytes of them
	if _, err := io.ReadFull(body, head); err != nil {
		return nil, err
	}
	reads, piece := 0, []byte("\x00\x00\x00\xff\xff")
	return io.NopCloser(io.MultiReader(bytes.NewReader(head), fixture.ReaderFunc(func(p []byte) (int, error) {
		time.Sleep(b.pause)
		if reads++; reads == 10 {
			b.once.Do(func() { close(b.reading) })
		}
		return copy(p, piece), nil
	}))), nil
}
