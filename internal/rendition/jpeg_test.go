package rendition_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"testing"

	"github.com/10ex/assets/internal/rendition"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestTooManyScansHOS04: what decodes all blocks again and again is refused before it
// is decoded.
func TestTooManyScansHOS04(t *testing.T) {
	t.Parallel()
	jpeg := func(j fixture.RawJPEG) sample { return sample{"image/jpeg", j.Bytes()} }
	large := fixture.RawJPEG{Width: 8000, Height: 8000, Sampling: []byte{0x11}, Progressive: true}
	for name, tt := range map[string]struct {
		sample
		refused bool
	}{
		"progressive, 8,000 scans":              {jpeg(fixture.RawJPEG{Width: 3000, Height: 2000, Sampling: []byte{0x11}, Progressive: true, Scans: 8000}), true},
		"progressive, 100 scans":                {jpeg(fixture.RawJPEG{Width: 300, Height: 200, Sampling: []byte{0x11}, Progressive: true, Scans: 99}), false},
		"progressive, 101 scans":                {jpeg(fixture.RawJPEG{Width: 300, Height: 200, Sampling: []byte{0x11}, Progressive: true, Scans: 100}), true},
		"baseline, 8,000 scans":                 {jpeg(fixture.RawJPEG{Width: 300, Height: 200, Sampling: []byte{0x22, 0x11, 0x11}, Scans: 8000}), true},
		"64 megapixels, 40 scans":               {jpeg(fixture.RawJPEG{Width: large.Width, Height: large.Height, Sampling: large.Sampling, Progressive: true, Scans: 40}), true},
		"64 megapixels, 10 scans":               {jpeg(fixture.RawJPEG{Width: large.Width, Height: large.Height, Sampling: large.Sampling, Progressive: true, Scans: 10}), false},
		"restart interval of 65,535 and of one": {jpeg(fixture.RawJPEG{Width: 300, Height: 200, Sampling: []byte{0x11}, Before: fixture.JPEGSegment(0xdd, []byte{0xff, 0xff})}), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := inspect(tt.data, tt.mediaType); errors.Is(err, rendition.ErrUnsupported) != tt.refused {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestJPEGMetadata: megabytes of segments before the frame header do not hide it, nor
// the orientation.
func TestJPEGMetadata(t *testing.T) {
	t.Parallel()
	filler := bytes.Repeat(fixture.JPEGSegment(0xe1, make([]byte, 65_000)), 50)
	turned := fixture.JPEGSegment(0xe1, append([]byte("Exif\x00\x00"), exif(binary.BigEndian, 6)...))
	data := fixture.RawJPEG{Width: 400, Height: 200, Sampling: []byte{0x11}, Before: append(filler, turned...)}.Bytes()
	im, _ := scaled(t, "image/jpeg", data, 160)
	if im.Bounds().Size() != image.Pt(160, 320) {
		t.Errorf("%v", im.Bounds())
	}
}
