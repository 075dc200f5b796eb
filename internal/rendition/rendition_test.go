package rendition_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/webp"

	"github.com/10ex/assets/internal/rendition"
)

// quarters is red, green above blue, white.
func quarters(w, h int) *image.NRGBA {
	im := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			im.Set(x, y, corner(2*x/w, 2*y/h))
		}
	}
	return im
}

func corner(x, y int) color.NRGBA {
	return [2][2]color.NRGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {255, 255, 255, 255}}}[y][x]
}

func encoded(t testing.TB, mediaType string, im image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	switch mediaType {
	case "image/png":
		err = png.Encode(&out, im)
	case "image/jpeg":
		err = jpeg.Encode(&out, im, &jpeg.Options{Quality: 95})
	case "image/gif":
		err = gif.Encode(&out, im, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// scaled answers the rendition of an image.
func scaled(t testing.TB, mediaType string, data []byte, width int) (image.Image, string) {
	t.Helper()
	im, err := rendition.Inspect(bytes.NewReader(data), mediaType, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out, media, err := im.Scale(bytes.NewReader(data), width)
	if err != nil {
		t.Fatal(err)
	}
	decoded, _, err := image.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return decoded, media
}

// checkCorners compares the middles of the four quarters.
func checkCorners(t *testing.T, im image.Image, size image.Point, want [4]color.NRGBA) {
	t.Helper()
	if im.Bounds().Size() != size {
		t.Fatalf("%v, want %v", im.Bounds(), size)
	}
	for i, c := range want {
		x, y := (1+2*(i%2))*size.X/4, (1+2*(i/2))*size.Y/4
		got := color.NRGBAModel.Convert(im.At(x, y)).(color.NRGBA)
		for _, d := range []int{int(got.R) - int(c.R), int(got.G) - int(c.G), int(got.B) - int(c.B), int(got.A) - int(c.A)} {
			if d < -24 || d > 24 {
				t.Errorf("quarter %d is %v, want %v", i, got, c)
				break
			}
		}
	}
}

var straight = [4]color.NRGBA{corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)}

func TestScale(t *testing.T) {
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

// TestFrameSmallerThanItsCanvas: what it leaves free is transparent.
func TestFrameSmallerThanItsCanvas(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(200, 100, 400, 200), color.Palette{color.White})
	var out bytes.Buffer
	err := gif.EncodeAll(&out, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 400, Height: 200}})
	if err != nil {
		t.Fatal(err)
	}
	im, media := scaled(t, "image/gif", out.Bytes(), 160)
	if media != "image/png" {
		t.Error(media)
	}
	checkCorners(t, im, image.Pt(160, 80), [4]color.NRGBA{{}, {}, {}, {255, 255, 255, 255}})
}

// lossy is a WebP file of 1 × 1 opaque pixels.
var lossy = []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x01\x00\x01\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00")

// TestAnimatedWebP: the first frame, on its canvas.
func TestAnimatedWebP(t *testing.T) {
	t.Parallel()
	if _, err := webp.Decode(bytes.NewReader(lossy)); err != nil {
		t.Fatal(err)
	}
	frame := append(make([]byte, 16), lossy[12:]...)
	frame[0] = 1 // at 2, 0
	file := []byte("WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x01\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for range 2 {
		file = append(append(binary.LittleEndian.AppendUint32(append(file, "ANMF"...), uint32(len(frame))), frame...), make([]byte, len(frame)%2)...)
	}
	file = append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(file))), file...)
	im, err := rendition.Inspect(bytes.NewReader(file), "image/webp", int64(len(file)))
	if err != nil || im.Width() != 4 {
		t.Fatal(im, err)
	}
	out, media, err := im.Scale(bytes.NewReader(file), 2)
	if err != nil || media != "image/png" {
		t.Fatal(media, err)
	}
	got, err := png.Decode(bytes.NewReader(out))
	if err != nil || got.Bounds().Dx() != 2 {
		t.Fatal(got, err)
	}
	if _, _, _, a := got.At(0, 0).RGBA(); a != 0 {
		t.Error("the canvas is not transparent where no frame is")
	}
	if _, _, _, a := got.At(1, 0).RGBA(); a == 0 {
		t.Error("the frame is not where it belongs")
	}
}

// declaring is a PNG without pixels that says it has so many.
func declaring(w, h uint32, depth, kind byte) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, depth, kind, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

func TestPRV09Limits(t *testing.T) {
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
	if _, _, err := im.Scale(bytes.NewReader(tall), 1280); !errors.Is(err, rendition.ErrUnsupported) {
		t.Errorf("too tall: %v", err)
	}
}

// FuzzScale: whatever comes is scaled or refused, within the memory foretold.
func FuzzScale(f *testing.F) {
	small := quarters(40, 20)
	for media := range map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true} {
		f.Add(media, encoded(f, media, small))
	}
	f.Add("image/webp", lossy)
	f.Fuzz(func(t *testing.T, media string, data []byte) {
		im, err := rendition.Inspect(bytes.NewReader(data), media, int64(len(data)))
		if err != nil {
			return
		}
		if im.Width() <= 16 || im.Memory(16) > 64<<20 {
			return
		}
		out, _, err := im.Scale(bytes.NewReader(data), 16)
		if err != nil {
			return
		}
		if config, _, err := image.DecodeConfig(bytes.NewReader(out)); err != nil || config.Width != 16 {
			t.Errorf("%+v, %v", config, err)
		}
	})
}
