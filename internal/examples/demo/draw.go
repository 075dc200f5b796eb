package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Colours of the furniture.
var (
	rust = color.RGBA{0xc4, 0x62, 0x3e, 0xff}
	sage = color.RGBA{0x8f, 0xa8, 0x8c, 0xff}
)

// canvas is a picture that shapes are painted on.
type canvas struct{ *image.RGBA }

func newCanvas(w, h int, top, bottom color.RGBA) canvas {
	c := canvas{image.NewRGBA(image.Rect(0, 0, w, h))}
	for y := range h {
		line := mix(top, bottom, float64(y)/float64(h))
		for x := range w {
			c.SetRGBA(x, y, line)
		}
	}
	return c
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	part := func(x, y uint8) uint8 { return uint8(float64(x) + (float64(y)-float64(x))*t) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 0xff}
}

func shade(c color.RGBA, t float64) color.RGBA {
	return mix(c, color.RGBA{0x20, 0x18, 0x14, 0xff}, t)
}

// box paints a rectangle with round corners, with soft edges.
func (c canvas) box(x0, y0, x1, y1, r float64, fill color.RGBA) {
	cx, cy, hw, hh := (x0+x1)/2, (y0+y1)/2, (x1-x0)/2-r, (y1-y0)/2-r
	for y := int(y0) - 1; y <= int(y1)+1; y++ {
		for x := int(x0) - 1; x <= int(x1)+1; x++ {
			if at := image.Pt(x, y); !at.In(c.Rect) {
				continue
			}
			dx, dy := math.Max(math.Abs(float64(x)+.5-cx)-hw, 0), math.Max(math.Abs(float64(y)+.5-cy)-hh, 0)
			if covered := .5 - (math.Hypot(dx, dy) - r); covered > 0 {
				c.SetRGBA(x, y, mix(c.RGBAAt(x, y), fill, math.Min(covered, 1)))
			}
		}
	}
}

func (c canvas) circle(x, y, r float64, fill color.RGBA) { c.box(x-r, y-r, x+r, y+r, r, fill) }

func (c canvas) png() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, c); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// livingRoom draws a room with a sofa.
func livingRoom(sofa color.RGBA) []byte {
	c := newCanvas(960, 540, color.RGBA{0xf1, 0xe7, 0xd6, 0xff}, color.RGBA{0xe4, 0xd3, 0xbc, 0xff})
	c.box(-10, 410, 970, 560, 0, color.RGBA{0xb9, 0x8a, 0x62, 0xff})
	c.box(-10, 402, 970, 412, 0, color.RGBA{0xf8, 0xf1, 0xe5, 0xff})
	c.box(650, 60, 850, 290, 8, color.RGBA{0xff, 0xfb, 0xf3, 0xff}) // the window
	c.box(664, 74, 836, 276, 2, color.RGBA{0xcf, 0xe0, 0xe4, 0xff})
	c.circle(790, 118, 26, color.RGBA{0xf6, 0xdc, 0x9b, 0xff})
	c.box(664, 222, 836, 276, 2, color.RGBA{0x9d, 0xb3, 0x82, 0xff})
	c.box(746, 74, 754, 276, 0, color.RGBA{0xff, 0xfb, 0xf3, 0xff})
	c.box(664, 170, 836, 178, 0, color.RGBA{0xff, 0xfb, 0xf3, 0xff})
	c.box(200, 456, 780, 520, 32, color.RGBA{0xd9, 0xcd, 0xbc, 0xff}) // the rug
	c.box(286, 300, 660, 420, 30, shade(sofa, .18))
	c.box(262, 330, 330, 470, 30, shade(sofa, .1))
	c.box(616, 330, 684, 470, 30, shade(sofa, .1))
	c.box(316, 366, 630, 470, 18, sofa)
	c.box(470, 366, 474, 466, 2, shade(sofa, .2))
	c.box(340, 330, 410, 396, 14, color.RGBA{0xe8, 0xd4, 0xa4, 0xff})
	c.box(540, 330, 610, 396, 14, color.RGBA{0xd8, 0x8c, 0x6a, 0xff})
	for _, x := range []float64{300, 640} {
		c.box(x, 466, x+12, 500, 5, color.RGBA{0x6b, 0x42, 0x2a, 0xff})
	}
	c.box(172, 250, 178, 480, 3, color.RGBA{0x3a, 0x38, 0x36, 0xff}) // the lamp
	c.box(120, 200, 230, 262, 28, color.RGBA{0xf5, 0xe3, 0xb3, 0xff})
	c.box(146, 474, 204, 486, 6, color.RGBA{0x3a, 0x38, 0x36, 0xff})
	return c.png()
}

// garden draws a table outside, in the evening.
func garden() []byte {
	c := newCanvas(800, 500, color.RGBA{0x33, 0x4a, 0x5e, 0xff}, color.RGBA{0xe2, 0xa9, 0x7c, 0xff})
	c.circle(620, 300, 46, color.RGBA{0xf8, 0xd8, 0x9a, 0xff})
	c.box(-20, 350, 820, 520, 0, color.RGBA{0x4d, 0x63, 0x47, 0xff})
	for i := range 9 {
		c.circle(float64(i)*100, 352, 44+float64(i%3)*14, color.RGBA{0x3f, 0x57, 0x40, 0xff})
	}
	c.box(220, 360, 560, 380, 8, color.RGBA{0x8d, 0x5d, 0x3b, 0xff})
	for _, x := range []float64{250, 520} {
		c.box(x, 378, x+14, 460, 5, color.RGBA{0x70, 0x48, 0x2d, 0xff})
	}
	c.box(140, 320, 200, 400, 14, sage)
	c.box(140, 396, 206, 412, 8, shade(sage, .15))
	for _, x := range []float64{300, 380, 460} {
		c.circle(x, 340, 9, color.RGBA{0xff, 0xe9, 0xae, 0xff})
	}
	return c.png()
}
