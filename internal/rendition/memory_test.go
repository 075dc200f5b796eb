package rendition_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// sample is an image that can be decoded.
type sample struct {
	mediaType string
	data      []byte
}

// samples returns an image of each kind that the decoders treat in their own way, of
// a size. Most of them are not made of whole blocks.
func samples(t *testing.T, width, height int) map[string]sample {
	t.Helper()
	all := map[string]sample{}
	for _, k := range []struct{ depth, kind byte }{{1, 0}, {8, 0}, {16, 0}, {8, 2}, {16, 2}, {1, 3}, {8, 3}, {8, 4}, {16, 4}, {8, 6}, {16, 6}} {
		for _, interlaced := range []bool{false, true} {
			for _, transparent := range []bool{false, true} {
				if transparent && k.kind >= 3 {
					continue
				}
				p := fixture.RawPNG{Width: width, Height: height, Depth: k.depth, Kind: k.kind, Interlaced: interlaced, Transparent: transparent}
				name := fmt.Sprintf("PNG of kind %d and depth %d, interlaced %t, tRNS %t", k.kind, k.depth, interlaced, transparent)
				all[name] = sample{"image/png", p.Bytes()}
			}
		}
	}
	adobe := fixture.JPEGSegment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
	for _, sampling := range [][]byte{{0x11}, {0x22}, {0x11, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x22, 0x11, 0x11}, {0x41, 0x11, 0x11}, {0x42, 0x11, 0x11}, {0x22, 0x21, 0x21}, {0x11, 0x11, 0x11, 0x11}, {0x22, 0x11, 0x11, 0x22}} {
		for _, progressive := range []bool{false, true} {
			for name, j := range map[string]fixture.RawJPEG{"": {}, ", Adobe": {Before: adobe}, ", Adobe behind the scan": {Between: adobe}} {
				if len(sampling) == 4 && name == "" {
					continue // of no known colors
				}
				if len(sampling) != 3 && j.Between != nil {
					continue // as before the scan
				}
				j.Width, j.Height, j.Sampling, j.Progressive, j.Scans = width, height, sampling, progressive, 1
				all[fmt.Sprintf("JPEG of %x, progressive %t%s", sampling, progressive, name)] = sample{"image/jpeg", j.Bytes()}
			}
		}
	}
	plain := encoded(t, "image/gif", image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White}))
	interlaced := bytes.Clone(plain)
	interlaced[bytes.IndexByte(interlaced[13+6:], 0x2c)+13+6+9] |= 0x40
	all["GIF"], all["GIF, interlaced"] = sample{"image/gif", plain}, sample{"image/gif", interlaced}

	size := image.Pt(width, height)
	all["WebP, lossless"] = sample{"image/webp", fixture.WebP(fixture.LosslessWebP(size))}
	all["WebP, lossless, transformed"] = sample{"image/webp", fixture.WebP(transformedWebP(size))}
	all["WebP, lossy"] = sample{"image/webp", fixture.WebP(lossyWebP(size))}
	all["WebP, animated"] = sample{"image/webp", fixture.AnimatedWebP(image.Pt(2*width, 2*height), size, lossyWebP(size))}
	alpha := fixture.RIFFChunk("ALPH", make([]byte, 1+width*height))
	all["WebP, lossy with alpha"] = sample{"image/webp", fixture.WebP(fixture.ExtendedWebP(0x10, size), alpha, lossyWebP(size))}
	compressed := fixture.RIFFChunk("ALPH", append([]byte{1}, transformedWebP(size)[8+5:]...))
	all["WebP, lossy with compressed alpha"] = sample{"image/webp", fixture.AnimatedWebP(size, size, compressed, lossyWebP(size))}
	return all
}

// transformedWebP returns a lossless image of zeros with all transforms.
func transformedWebP(size image.Point) []byte {
	var w fixture.BitWriter
	w.Write(0x2f, 8)
	w.Write(uint64(size.X-1), 14)
	w.Write(uint64(size.Y-1), 14)
	w.Write(0, 1+3)
	for _, transform := range []uint64{2, 0, 1, 3} { // green, predictor, colors, palette
		w.Write(1|transform<<1, 3)
		switch transform {
		case 0, 1:
			w.Write(0, 3) // tiles of 4 × 4
			w.WritePixels(false)
		case 3:
			w.Write(15, 8) // 16 colors, two pixels in one
			w.WritePixels(false)
		}
	}
	w.Write(0, 1)
	w.Write(0, 1) // no color cache
	w.Write(1, 1) // groups of trees
	w.Write(0, 3) // tiles of 4 × 4
	w.WritePixels(false)
	for range 5 {
		w.Write(1, 4)
	}
	return fixture.RIFFChunk("VP8L", append(w.Bytes, make([]byte, 8)...))
}

// lossyWebP returns the chunk "VP8 " of an image without details.
func lossyWebP(size image.Point) []byte {
	const first = 100_000
	head := []byte{byte(first<<5&0xe0 | 0x10), byte(first >> 3 & 0xff), byte(first >> 11), 0x9d, 0x01, 0x2a}
	head = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(head, uint16(size.X)), uint16(size.Y))
	return fixture.RIFFChunk("VP8 ", append(head, make([]byte, first+200_000)...))
}

// inspect inspects and checks an image.
func inspect(data []byte, mediaType string) (rendition.Image, error) {
	im, err := rendition.Inspect(bytes.NewReader(data), mediaType, int64(len(data)))
	if err == nil {
		err = im.Check()
	}
	return im, err
}

// allocated returns the number of bytes that f allocates. Nothing else must run.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// TestVolumeMemoryIsAllocatedHOS04: decoding an image allocates what Memory returns, and not
// much less.
func TestVolumeMemoryIsAllocatedHOS04(t *testing.T) { //nolint:paralleltest // it measures the process
	const width, height = 1101, 1003
	for name, s := range samples(t, width, height) {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // likewise
			im, err := inspect(s.data, s.mediaType)
			if err != nil {
				t.Fatal(err)
			}
			got := allocated(func() {
				if _, _, err := im.Scale(t.Context(), bytes.NewReader(s.data), 1); err != nil {
					t.Error(err)
				}
			})
			const slack = 4 << 20 // encoder and buffers, and trees that a WebP could have
			most := im.Memory(1)
			t.Logf("%.2f bytes per pixel of %.2f", float64(got)/(width*height), float64(most)/(width*height))
			if got > most || got < most/2 && got < most-slack && s.mediaType != "image/webp" {
				t.Errorf("%d bytes allocated, Memory is %d", got, most)
			}
		})
	}
}

// TestVolumeMemoryOfEncodingHOS04: scaling, orienting and encoding allocates what Memory
// adds for them, also if the rendition cannot be compressed.
func TestVolumeMemoryOfEncodingHOS04(t *testing.T) { //nolint:paralleltest // it measures the process
	noise := image.NewNRGBA(image.Rect(0, 0, 1281, 601))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.Uint32())
	}
	opaque := image.NewYCbCr(noise.Rect, image.YCbCrSubsampleRatio444)
	for i := range opaque.Y {
		opaque.Y[i], opaque.Cb[i], opaque.Cr[i] = byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())
	}
	for mediaType, src := range map[string]image.Image{"image/png": noise, "image/jpeg": opaque} {
		data := encoded(t, mediaType, src)
		im, err := inspect(data, mediaType)
		if err != nil {
			t.Fatal(err)
		}
		measure := func(width int) int64 {
			return allocated(func() {
				if _, _, err := im.Scale(t.Context(), bytes.NewReader(data), width); err != nil {
					t.Error(err)
				}
			})
		}
		const out = 1280 * 601
		decoding := measure(1)
		if got := measure(1280) - decoding; got > 16*out+1<<20 {
			t.Errorf("%s: %.2f bytes for a pixel of the rendition", mediaType, float64(got)/out)
		}
	}
}

// The memory is that of the decoded pixels, which depends on the kind of image.
func TestVolumeMemoryByKindOfImage(t *testing.T) {
	t.Parallel()
	const width, height = 4000, 2000
	bounds := image.Rect(0, 0, width, height)
	png := func(depth, kind byte) fixture.RawPNG {
		return fixture.RawPNG{Width: width, Height: height, Depth: depth, Kind: kind, Stream: []byte{}}
	}
	interlaced, grey := png(8, 6), png(8, 0)
	interlaced.Interlaced, grey.Transparent = true, true
	jpeg := fixture.RawJPEG{Width: width, Height: height, Sampling: []byte{0x22, 0x11, 0x11}, Progressive: true}
	for name, tt := range map[string]struct {
		mediaType string
		data      []byte
		perPixel  float64
	}{
		"PNG with a palette":    {"image/png", encoded(t, "image/png", image.NewPaletted(bounds, color.Palette{color.Black, color.White})), 1},
		"PNG of grey":           {"image/png", png(8, 0).Bytes(), 1},
		"PNG of grey with tRNS": {"image/png", grey.Bytes(), 4},
		"PNG of color":          {"image/png", png(8, 2).Bytes(), 4},
		"PNG of 16 bits":        {"image/png", png(16, 2).Bytes(), 8},
		"PNG interlaced":        {"image/png", interlaced.Bytes(), 8},
		"JPEG of grey":          {"image/jpeg", encoded(t, "image/jpeg", image.NewGray(bounds)), 1},
		"JPEG of color":         {"image/jpeg", encoded(t, "image/jpeg", image.NewYCbCr(bounds, image.YCbCrSubsampleRatio420)), 1.5},
		"JPEG with progression": {"image/jpeg", jpeg.Bytes(), 5 * 1.5},
		"GIF":                   {"image/gif", encoded(t, "image/gif", image.NewGray(bounds)), 1},
	} {
		im, err := inspect(tt.data, tt.mediaType)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tiny := im.Memory(1) // almost nothing beside the pixels
		if got := float64(tiny) / (width * height); got < tt.perPixel || got > tt.perPixel+0.5 {
			t.Errorf("%s: %.2f bytes per pixel, want %.2f", name, got, tt.perPixel)
		}
	}
}
