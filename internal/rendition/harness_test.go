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

	return map[string][]byte{
		"image/jpeg": bytes.Join([][]byte{jpg[:2], segment, jpg[2:]}, nil),
		"image/png":  bytes.Join([][]byte{png[:33], chunk, sum, png[33:]}, nil),
	}
}
