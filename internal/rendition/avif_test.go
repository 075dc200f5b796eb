package rendition_test

import (
	"bytes"
	"image"
	"slices"
	"testing"

	"github.com/10ex/assets/internal/testing/fixture"
)

// TestSizesOfAVIFHOS03: the sizes of an AVIF image are found wherever they stand, and must all
// be within the limits. It is never decoded.
func TestSizesOfAVIFHOS03(t *testing.T) { //nolint:paralleltest // it measures the process
	for name, s := range map[string]sample{
		"huge":                             {"image/avif", fixture.AVIF(image.Pt(50_000, 50_000))},
		"huge tiles":                       {"image/avif", fixture.AVIF(image.Pt(400, 300), image.Pt(1<<31, 1<<31))},
		"a huge row":                       {"image/avif", fixture.AVIF(image.Pt(1<<19, 1))},
		"a huge sequence":                  {"image/avif", fixture.AVIFSequence(image.Pt(65_535, 65_535))},
		"pixels first, huge":               {"image/avif", slices.Concat(fixture.Box("mdat", make([]byte, 5<<20)), fixture.AVIF(image.Pt(50_000, 50_000)))},
		"within all limits":                {"image/avif", fixture.AVIF(image.Pt(10_000, 10_000))},
		"a sequence within all limits":     {"image/avif", fixture.AVIFSequence(image.Pt(400, 300))},
		"of no size":                       {"image/avif", fixture.AVIF()},
		"without pixels":                   {"image/avif", fixture.AVIF(image.Pt(0, 300))},
		"a box that ends before its size":  {"image/avif", fixture.Box("ispe", make([]byte, 11))},
		"a box that ends before it begins": {"image/avif", []byte("\x00\x00\x00\x07free")},
		"a huge number of boxes":           {"image/avif", bytes.Repeat(fixture.Box("free"), 20_000)},
		"huge, after one of no size":       {"image/avif", fixture.AVIF(image.Pt(0, 0), image.Pt(50_000, 50_000))},
		"huge, after a sequence":           {"image/avif", slices.Concat(fixture.AVIFSequence(image.Pt(400, 300)), fixture.AVIF(image.Pt(50_000, 50_000)))},
		"pixels up to the end":             {"image/avif", append(fixture.AVIF(image.Pt(400, 300)), make([]byte, 100)...)},
	} {
		checkRefused(t, name, s)
	}
}
