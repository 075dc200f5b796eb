package rendition_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// quarters returns an image of four colors: red and green above blue and white.
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

// scaled returns the rendition of an image.
func scaled(t testing.TB, mediaType string, data []byte, width int) (image.Image, string) {
	t.Helper()
	im, err := inspect(data, mediaType)
	if err != nil {
		t.Fatal(err)
	}
	out, media, err := im.Scale(t.Context(), bytes.NewReader(data), width)
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

// lossless is the chunk of a WebP file with the quarters in 400 × 200 pixels.
const lossless = "VP8L\x37\x00\x00\x00\x2f\x8f\xc1\x31\x00\x1f\x30\xff\x02\x82\x82\xff\xa3\x13\x10\x14\xfc\x1f\xdd\xfc\x87\x64\x0f\xc0\x4c\xdb" +
	"\x36\x25\x59\x92\x23\x39\x00\xb9\xab\x44\xf4\x7f\x02\x0a\x3c\xa0\xfe\xd3\x7f\x6b\x25\xc0\x07\xea\x3f\xfd\xb7\x56\x00\x00"

// riff writes a chunk of a RIFF file.
func riff(name string, data ...[]byte) []byte {
	all := bytes.Join(data, nil)
	chunk := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(all))), all...)
	return append(chunk, make([]byte, len(all)%2)...)
}

// oriented are images of the quarters, 400 × 200 as stored, with EXIF data.
func oriented(t *testing.T, tiff []byte) map[string][]byte {
	t.Helper()
	jpg := encoded(t, "image/jpeg", quarters(400, 200))
	segment := append([]byte("\xff\xe1\x00\x00Exif\x00\x00"), tiff...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))

	png := encoded(t, "image/png", quarters(400, 200))
	chunk := append([]byte("eXIf"), tiff...)
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(chunk))
	chunk = append(binary.BigEndian.AppendUint32(nil, uint32(len(tiff))), chunk...)

	const exif, animated = 0x08, 0x02
	size := []byte{399 & 0xff, 399 >> 8, 0, 199, 0, 0}
	extended := func(flags byte) []byte { return riff("VP8X", []byte{flags, 0, 0, 0}, size) }
	frame := riff("ANMF", make([]byte, 6), size, make([]byte, 4), []byte(lossless))
	webp := func(chunks ...[]byte) []byte { return riff("RIFF", append([][]byte{[]byte("WEBP")}, chunks...)...) }
	return map[string][]byte{
		"image/jpeg":             bytes.Join([][]byte{jpg[:2], segment, jpg[2:]}, nil),
		"image/png":              bytes.Join([][]byte{png[:33], chunk, sum, png[33:]}, nil),
		"image/webp":             webp(extended(exif), []byte(lossless), riff("EXIF", tiff)),
		"image/webp, with name":  webp(extended(exif), []byte(lossless), riff("EXIF", []byte("Exif\x00\x00"), tiff)),
		"image/webp, EXIF first": webp(extended(exif), riff("EXIF", tiff), []byte(lossless)),
		"image/webp, animated":   webp(extended(exif|animated), riff("ANIM", make([]byte, 6)), frame, frame, riff("EXIF", tiff)),
	}
}
