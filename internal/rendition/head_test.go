package rendition_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"testing"

	"github.com/10ex/assets/internal/rendition"
)

// The memory is that of the decoded pixels, which depends on the kind of image.
func TestMemoryByKindOfImage(t *testing.T) {
	t.Parallel()
	const width, height = 2000, 1000
	bounds := image.Rect(0, 0, width, height)
	interlaced := declaring(width, height, 8, 6)
	interlaced[28] = 1
	binary.BigEndian.PutUint32(interlaced[29:], crc32.ChecksumIEEE(interlaced[12:29]))
	progressive := encoded(t, "image/jpeg", image.NewYCbCr(bounds, image.YCbCrSubsampleRatio420))
	frame := bytes.Index(progressive, []byte{0xff, 0xc0})
	progressive[frame+1] = 0xc2
	for name, tt := range map[string]struct {
		mediaType string
		data      []byte
		perPixel  float64
	}{
		"PNG with a palette":    {"image/png", encoded(t, "image/png", image.NewPaletted(bounds, color.Palette{color.Black, color.White})), 1},
		"PNG of grey":           {"image/png", declaring(width, height, 8, 0), 1},
		"PNG of color":          {"image/png", declaring(width, height, 8, 2), 4},
		"PNG of 16 bits":        {"image/png", declaring(width, height, 16, 2), 8},
		"PNG interlaced":        {"image/png", interlaced, 6},
		"JPEG of grey":          {"image/jpeg", encoded(t, "image/jpeg", image.NewGray(bounds)), 1.25},
		"JPEG of color":         {"image/jpeg", encoded(t, "image/jpeg", image.NewYCbCr(bounds, image.YCbCrSubsampleRatio420)), 1.75},
		"JPEG with progression": {"image/jpeg", progressive, 5 * 1.75},
		"GIF":                   {"image/gif", encoded(t, "image/gif", image.NewGray(bounds)), 1},
	} {
		im, err := rendition.Inspect(bytes.NewReader(tt.data), tt.mediaType, int64(len(tt.data)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tiny := im.Memory(1) // almost nothing beside the pixels
		if got := float64(tiny) / (width * height); got < tt.perPixel || got > tt.perPixel+1 {
			t.Errorf("%s: %.2f bytes per pixel, want %.2f", name, got, tt.perPixel)
		}
	}
}
