package chromium

import (
	"fmt"
	"image"
	"image/color"
)

// colorTolerance is by how much a color may differ after scaling and compression.
const colorTolerance = 24

// Compare returns an error unless im, which may be smaller, has the shape of the image
// in the browser, but for a pixel, and its colors in the middle of each quarter.
func (i Image) Compare(im image.Image) error {
	size := im.Bounds().Size()
	if high := i.Height * size.X; i.Width == 0 || size.Y*i.Width < high-i.Width || size.Y*i.Width > high+i.Width {
		return fmt.Errorf("%v, but Chromium shows %d × %d", size, i.Width, i.Height)
	}
	for n, want := range i.Colors {
		at := im.Bounds().Min.Add(image.Pt((1+2*(n%2))*size.X/4, (1+2*(n/2))*size.Y/4))
		is, ok := color.NRGBAModel.Convert(im.At(at.X, at.Y)).(color.NRGBA)
		if !ok {
			return fmt.Errorf("quarter %d has no color", n)
		}
		for j, v := range [4]int{int(is.R), int(is.G), int(is.B), int(is.A)} {
			if d := v - want[j]; d < -colorTolerance || d > colorTolerance {
				return fmt.Errorf("quarter %d is %v, in Chromium %v", n, is, want)
			}
		}
	}
	return nil
}
