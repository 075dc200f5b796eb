package rendition_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"testing"
)

// gifOf returns a GIF of frames on a logical screen.
func gifOf(t testing.TB, screen image.Point, frames ...image.Rectangle) []byte {
	t.Helper()
	all := &gif.GIF{}
	for _, r := range frames {
		all.Image, all.Delay = append(all.Image, image.NewPaletted(r, color.Palette{color.Black, color.White})), append(all.Delay, 1)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, all); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	binary.LittleEndian.PutUint16(data[6:], uint16(screen.X))
	binary.LittleEndian.PutUint16(data[8:], uint16(screen.Y))
	return data
}

// TestGIFBlocks: the blocks before the first frame are skipped by their lengths.
func TestGIFBlocks(t *testing.T) {
	t.Parallel()
	data := gifOf(t, image.Pt(320, 16), image.Rect(0, 0, 320, 16))
	const blocks = 13 // behind the logical screen, which has no colors
	for name, tt := range map[string]struct {
		before string
		fails  bool
	}{
		"none":                        {"", false},
		"comment":                     {"\x21\xfe\x03abc\x01d\x00", false},
		"application":                 {"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00", false},
		"application without a name":  {"\x21\xff\x00\x01\x2c\x00", true},
		"plain text":                  {"\x21\x01\x0c123456789abc\x02hi\x00", false},
		"graphic control":             {"\x21\xf9\x04\x00\x00\x00\x00\x00", false},
		"comment without an end":      {"\x21\xfe\xff", true},
		"a block that does not exist": {"\x22", true},
		"the end":                     {"\x3b", true},
	} {
		file := slices.Insert(bytes.Clone(data), blocks, []byte(tt.before)...)
		im, err := inspect(file, "image/gif")
		if err == nil {
			_, _, err = im.Scale(t.Context(), bytes.NewReader(file), 160)
		}
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}
