package chromium_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/10ex/assets/internal/testing/chromium"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	im := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	im.SetNRGBA(30, 5, color.NRGBA{R: 250, A: 255})
	red := [][4]int{{}, {255, 0, 0, 255}, {}, {}}
	for _, tt := range []struct {
		shown chromium.Image
		same  bool
	}{
		{chromium.Image{Width: 40, Height: 20, Colors: red}, true},
		{chromium.Image{Width: 400, Height: 209, Colors: red}, true},
		{chromium.Image{Width: 400, Height: 211, Colors: red}, false},
		{chromium.Image{Width: 20, Height: 40, Colors: red}, false},
		{chromium.Image{Width: 40, Height: 20, Colors: [][4]int{{255, 0, 0, 255}, {}, {}, {}}}, false},
		{chromium.Image{}, false},
	} {
		if err := tt.shown.Compare(im); (err == nil) != tt.same {
			t.Errorf("%+v: %v", tt.shown, err)
		}
	}
}
