package rendition_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"strings"
	"testing"
)

// exif is a TIFF file with the one tag.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint16(order.AppendUint32(b, 1), orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

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

// TestOrientation: a rendition is turned as the EXIF data of its source say,
// in every format that has them.
func TestOrientation(t *testing.T) {
	t.Parallel()
	a, b, c, d := straight[0], straight[1], straight[2], straight[3]
	for orientation, want := range map[uint16][4]color.NRGBA{
		1: {a, b, c, d}, 2: {b, a, d, c}, 3: {d, c, b, a}, 4: {c, d, a, b},
		5: {a, c, b, d}, 6: {c, a, d, b}, 7: {d, b, c, a}, 8: {b, d, a, c}, 9: {a, b, c, d}, 0: {a, b, c, d},
	} {
		size := image.Pt(160, 80)
		if orientation >= 5 && orientation <= 8 {
			size = image.Pt(160, 320)
		}
		for name, order := range map[string]binary.AppendByteOrder{"little endian": binary.LittleEndian, "big endian": binary.BigEndian} {
			for format, file := range oriented(t, exif(order, orientation)) {
				t.Run(fmt.Sprintf("%s/%d %s", format, orientation, name), func(t *testing.T) {
					t.Parallel()
					media, _, _ := strings.Cut(format, ",")
					im, _ := scaled(t, media, file, 160)
					checkCorners(t, im, size, want)
				})
			}
		}
	}
}
