package rendition_test

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"testing"
)

// exif returns a TIFF file with only the orientation.
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

// A rendition is rotated as the EXIF data of its source require, where browsers do the
// same.
func TestVolumeOrientation(t *testing.T) {
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
			for media, file := range oriented(t, exif(order, orientation)) {
				t.Run(fmt.Sprintf("%s/%d %s", media, orientation, name), func(t *testing.T) {
					t.Parallel()
					im, _ := scaled(t, media, file, 160)
					checkCorners(t, im, size, want)
				})
			}
		}
	}
}
