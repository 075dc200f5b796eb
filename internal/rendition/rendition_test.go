package rendition_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/10ex/assets/internal/rendition"
)

func TestVolumeScale(t *testing.T) {
	t.Parallel()
	opaque := image.NewRGBA(image.Rect(0, 0, 400, 200))
	for y := range 200 {
		for x := range 400 {
			opaque.Set(x, y, corner(x/200, y/100))
		}
	}
	seeThrough := quarters(400, 200)
	seeThrough.Set(0, 0, color.NRGBA{}) // else it is written without alpha
	for name, c := range map[string]struct {
		media string
		data  []byte
		as    string
	}{
		"png":             {"image/png", encoded(t, "image/png", opaque), "image/jpeg"},
		"png with alpha":  {"image/png", encoded(t, "image/png", seeThrough), "image/png"},
		"jpeg":            {"image/jpeg", encoded(t, "image/jpeg", opaque), "image/jpeg"},
		"gif":             {"image/gif", encoded(t, "image/gif", opaque), "image/jpeg"},
		"gif of 2 frames": {"image/gif", animated(t, opaque), "image/jpeg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, width := range []int{160, 320, 64} {
				im, media := scaled(t, c.media, c.data, width)
				if media != c.as {
					t.Errorf("%s, want %s", media, c.as)
				}
				checkCorners(t, im, image.Pt(width, (width+1)/2), straight)
			}
		})
	}
}

func animated(t *testing.T, first image.Image) []byte {
	t.Helper()
	all := &gif.GIF{Config: image.Config{Width: first.Bounds().Dx(), Height: first.Bounds().Dy()}}
	for i, src := range []image.Image{first, image.NewUniform(color.Black)} {
		frame := image.NewPaletted(first.Bounds(), color.Palette{color.Black, corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)})
		for y := range frame.Rect.Dy() {
			for x := range frame.Rect.Dx() {
				frame.Set(x, y, src.At(x, y))
			}
		}
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 10*i)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, all); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// declaring returns a PNG whose header declares a size and that has no pixels.
func declaring(w, h uint32, depth, kind byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, depth, kind, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

func TestLimitsPRV09(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"50,000 × 50,000":      declaring(50_000, 50_000, 8, 6),
		"2³¹-1 × 2³¹-1":        declaring(1<<31-1, 1<<31-1, 1, 0),
		"one more than enough": declaring(10_001, 10_000, 8, 6),
		"nothing":              {},
		"text":                 []byte("<svg/>"),
	} {
		if _, err := rendition.Inspect(bytes.NewReader(data), "image/png", int64(len(data))); !errors.Is(err, rendition.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		data []byte
		mib  int64 // at least, and at most 64 more
	}{
		{declaring(10_000, 10_000, 8, 6), 400e6 >> 20},
		{declaring(10_000, 10_000, 8, 0), 100e6 >> 20},
		{declaring(10_000, 10_000, 16, 6), 800e6 >> 20},
	} {
		im, err := rendition.Inspect(bytes.NewReader(c.data), "image/png", int64(len(c.data)))
		if err != nil {
			t.Fatal(err)
		}
		if got := im.Memory(160) >> 20; got < c.mib || got > c.mib+64 {
			t.Errorf("%d MiB, want about %d", got, c.mib)
		}
	}
	tall := encoded(t, "image/png", image.NewGray(image.Rect(0, 0, 2, 20_000)))
	im, err := rendition.Inspect(bytes.NewReader(tall), "image/png", int64(len(tall)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := im.Scale(t.Context(), bytes.NewReader(tall), 1280); !errors.Is(err, rendition.ErrUnsupported) {
		t.Errorf("too tall: %v", err)
	}
}

// Any input is scaled or refused.
func FuzzScale(f *testing.F) {
	small := quarters(40, 20)
	for media := range map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true} {
		f.Add(media, encoded(f, media, small))
	}
	f.Add("image/webp", lossy)
	f.Fuzz(func(t *testing.T, media string, data []byte) {
		im, err := inspect(data, media)
		if err != nil {
			return
		}
		if im.Width() <= 16 || im.Memory(16) > 64<<20 {
			return
		}
		out, _, err := im.Scale(t.Context(), bytes.NewReader(data), 16)
		if err != nil {
			return
		}
		if config, _, err := image.DecodeConfig(bytes.NewReader(out)); err != nil || config.Width != 16 {
			t.Errorf("%+v, %v", config, err)
		}
	})
}
