package rendition

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// widest is how wide the picture between the two steps of scaling is at most.
const widest = 2560

// factor answers how many times larger than the result the picture between is:
// a power of two, the larger the better small details are kept.
func factor(out, stored image.Point) int {
	f := 1
	for 2*f*out.X <= min(stored.X, widest) && 2*f*out.Y <= min(stored.Y, widest) {
		f *= 2
	}
	return f
}

// scale samples an image down to a multiple of a size, which it then halves to
// it: each half is the mean of four pixels.
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

// turn shows an image as EXIF says that it was taken: see turned.
func turn(src *image.RGBA, orientation int) *image.RGBA {
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
			from := turned(x, y, w, h, orientation)
			copy(out.Pix[out.PixOffset(x, y):][:4], src.Pix[src.PixOffset(from.X, from.Y):][:4])
		}
	}
	return out
}

// turned answers where in an image of w × h pixels the one comes from that is
// shown at x, y.
func turned(x, y, w, h, orientation int) image.Point {
	switch orientation {
	case 2: // mirrored
		return image.Pt(w-1-x, y)
	case 3: // upside down
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6: // its left is shown on top
		return image.Pt(y, h-1-x)
	case 7:
		return image.Pt(w-1-y, h-1-x)
	case 8: // its right is shown on top
		return image.Pt(w-1-y, x)
	}
	return image.Pt(x, y)
}

// transparent reports whether an image of this kind can be.
func transparent(im image.Image) bool {
	switch im := im.(type) {
	case *image.NRGBA, *image.NRGBA64, *image.NYCbCrA, framed:
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

// moved is an image at another place.
type moved struct {
	image.Image
	by image.Point
}

// framed is a frame on a larger, transparent canvas.
type framed struct {
	frame  image.Image
	at     image.Point // the frame's place, less its own bounds
	canvas image.Rectangle
}

// onCanvas answers a frame as what is seen of it: itself, when it covers the
// canvas.
func onCanvas(frame image.Image, canvas image.Rectangle) image.Image {
	var at image.Point
	if m, ok := frame.(moved); ok {
		frame, at = m.Image, m.by
	}
	if frame.Bounds().Add(at) == canvas {
		return frame
	}
	return framed{frame, at, canvas}
}

func (f framed) ColorModel() color.Model { return color.RGBA64Model }
func (f framed) Bounds() image.Rectangle { return f.canvas }

func (f framed) At(x, y int) color.Color { return f.RGBA64At(x, y) }

func (f framed) RGBA64At(x, y int) color.RGBA64 {
	p := image.Pt(x, y).Sub(f.at)
	if !p.In(f.frame.Bounds()) {
		return color.RGBA64{}
	}
	r, g, b, a := f.frame.At(p.X, p.Y).RGBA()
	return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)} //nolint:gosec // 16 bits each
}
