package rendition_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

// The part of the canvas that the frame does not cover is transparent.
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

// A pixel of the rendition is the mean of the pixels that it covers.
func TestVolumeScaleKeepsTheMean(t *testing.T) {
	t.Parallel()
	stripes := image.NewRGBA(image.Rect(0, 0, 1280, 640))
	for y := range 640 {
		for x := range 1280 {
			stripes.Set(x, y, color.Gray{Y: uint8(255 * (x % 2))})
		}
	}
	im, _ := scaled(t, "image/png", encoded(t, "image/png", stripes), 160)
	grey := color.NRGBA{128, 128, 128, 255}
	checkCorners(t, im, image.Pt(160, 80), [4]color.NRGBA{grey, grey, grey, grey})
}
