package rendition_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"testing"

	"github.com/10ex/assets/internal/testing/fixture"
)

// TestVolumeMemoryOfLongRowsHOS04: the rows of samples that a decoder holds count too.
func TestVolumeMemoryOfLongRowsHOS04(t *testing.T) { //nolint:paralleltest // it measures the process
	for _, p := range []fixture.RawPNG{
		{Width: 1 << 18, Height: 2, Depth: 16, Kind: 6},
		{Width: 1 << 18, Height: 2, Depth: 16, Kind: 2, Interlaced: true},
		{Width: 1 << 18, Height: 1, Depth: 8, Kind: 3},
	} {
		data := p.Bytes()
		im, err := inspect(data, "image/png")
		if err != nil {
			t.Fatal(err)
		}
		got := allocated(func() {
			if _, _, err := im.Scale(t.Context(), bytes.NewReader(data), 160); err != nil {
				t.Error(err)
			}
		})
		if got > im.Memory(160) {
			t.Errorf("%+v: %d bytes allocated, Memory is %d", p, got, im.Memory(160))
		}
	}
}

// TestPNGMetadata: megabytes of text before the orientation do not hide it.
func TestPNGMetadata(t *testing.T) {
	t.Parallel()
	text := fixture.PNGChunk("tEXt", append([]byte("x\x00"), bytes.Repeat([]byte("y"), 3<<20)...))
	turned := fixture.PNGChunk("eXIf", exif(binary.LittleEndian, 6))
	data := fixture.RawPNG{Width: 400, Height: 200, Depth: 8, Before: append(text, turned...)}.Bytes()
	im, _ := scaled(t, "image/png", data, 160)
	if im.Bounds().Size() != image.Pt(160, 320) {
		t.Errorf("%v", im.Bounds())
	}
}
