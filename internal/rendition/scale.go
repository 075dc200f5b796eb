package rendition

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// maxIntermediate is the maximum width and height of the image between the two
// steps of scaling.
const maxIntermediate = 2560

// factor returns the size of the intermediate image as a multiple of the result. It
// is a power of two. A larger factor preserves more details.
func factor(out, stored image.Point) int {
	f := 1
	for 2*f*out.X <= min(stored.X, maxIntermediate) && 2*f*out.Y <= min(stored.Y, maxIntermediate) {
		f *= 2
	}
	return f
}

// scale returns an image scaled to a size. It samples the image to a multiple of the
// size and then halves it repeatedly, where each pixel is the mean of four.
func scale(src image.Image, size image.Point) *image.RGBA {
	f := factor(size, src.Bounds().Size())
	out := resized(src, size.Mul(f))
	for ; f > 1; f /= 2 {
		out = resized(out, size.Mul(f/2))
	}
	return out
}

func resized(src image.Image, size image.Point) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.ApproxBiLinear.Scale(out, out.Bounds(), src, src.Bounds(), draw.Src, nil)
	return out
}

// orient returns an image rotated and mirrored as its EXIF orientation requires.
func orient(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	size := image.Pt(w, h)
	if orientation >= 5 {
		size = image.Pt(h, w)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			from := sourcePoint(x, y, w, h, orientation)
			copy(out.Pix[out.PixOffset(x, y):][:4], src.Pix[src.PixOffset(from.X, from.Y):][:4])
		}
	}
	return out
}

// sourcePoint returns the position in an image of w × h pixels of the pixel that is
// displayed at x, y.
func sourcePoint(x, y, w, h, orientation int) image.Point {
	switch orientation {
	case 2: // mirrored
		return image.Pt(w-1-x, y)
	case 3: // upside down
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6: // its left is displayed on top
		return image.Pt(y, h-1-x)
	case 7:
		return image.Pt(w-1-y, h-1-x)
	case 8: // its right is displayed on top
		return image.Pt(w-1-y, x)
	}
	return image.Pt(x, y)
}

// transparent reports whether an image may have transparent pixels.
func transparent(im image.Image) bool {
	switch im := im.(type) {
	case *image.NRGBA, *image.NRGBA64, *image.NYCbCrA, canvasFrame:
		return true
	case *image.Paletted:
		for _, c := range im.Palette {
			if _, _, _, a := c.RGBA(); a < 0xffff {
				return true
			}
		}
	}
	return false
}

// canvasFrame is a frame on a larger, transparent canvas.
type canvasFrame struct {
	frame  image.Image
	offset image.Point // from the bounds of the frame to the canvas
	canvas image.Rectangle
}

// onCanvas returns a frame at an offset on a canvas. If it covers the canvas
// exactly, it is returned unchanged.
func onCanvas(frame image.Image, offset image.Point, canvas image.Rectangle) image.Image {
	if frame.Bounds().Add(offset) == canvas {
		return frame
	}
	return canvasFrame{frame, offset, canvas}
}

func (f canvasFrame) ColorModel() color.Model { return color.RGBA64Model }
func (f canvasFrame) Bounds() image.Rectangle { return f.canvas }

func (f canvasFrame) At(x, y int) color.Color { return f.RGBA64At(x, y) }

func (f canvasFrame) RGBA64At(x, y int) color.RGBA64 {
	p := image.Pt(x, y).Sub(f.offset)
	if !p.In(f.frame.Bounds()) {
		return color.RGBA64{}
	}
	r, g, b, a := f.frame.At(p.X, p.Y).RGBA()
	return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)} //nolint:gosec // 16 bits each
}
