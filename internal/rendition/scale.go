package rendition

import (
	"context"
	"image"
	"image/color"
	"image/draw"
)

// tileWidth is the number of pixels that are converted to RGBA at once.
const tileWidth = 4096

// scale returns a frame at a position on a transparent canvas, scaled down to a size.
// A pixel of the result is the mean of the pixels that it covers. Beside the result
// scale allocates a few rows of it.
func scale(ctx context.Context, frame image.Image, at, canvas, size image.Point) (*image.RGBA, error) {
	out := image.NewRGBA(image.Rectangle{Max: size})
	rows := rowReader{frame: frame, tile: image.NewRGBA(image.Rect(0, 0, min(frame.Bounds().Dx(), tileWidth), 1))}
	if p, ok := frame.(*image.Paletted); ok {
		rows.paletted, rows.colors = p, rgba(p.Palette)
	}
	// One row, scaled in width, and the sum of those of a row of the result.
	row, sum := make([]uint64, 4*size.X), make([]uint64, 4*size.X)
	vertical := span{from: canvas.Y, to: size.Y}
	for y := range canvas.Y {
		clear(row)
		if inFrame := y - at.Y; inFrame >= 0 && inFrame < frame.Bounds().Dy() {
			if y%64 == 0 && ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			rows.add(row, inFrame, span{from: canvas.X, to: size.X}.skipped(at.X))
		}
		first, rest, done := vertical.next()
		addRow(sum, row, first)
		if done {
			write(out.Pix[(vertical.at-1)*out.Stride:], sum, uint64(canvas.X)*uint64(canvas.Y)) //nolint:gosec // positive
			clear(sum)
			addRow(sum, row, rest)
		}
	}
	return out, nil
}

// span walks over a line of from pixels that is scaled to to pixels, to ≤ from. In
// common units a pixel of the line has the length to, and one of the result from.
type span struct {
	from, to int
	at       int // pixel of the result
	covered  int // units of it
}

// skipped returns the span n pixels further.
func (s span) skipped(n int) span {
	s.at, s.covered = n*s.to/s.from, n*s.to%s.from
	return s
}

// next returns how many units of the next pixel of the line are in the current pixel
// of the result and how many are in the one after it. It reports whether the current
// one is complete and then goes on to the next.
func (s *span) next() (first, rest uint64, done bool) {
	s.covered += s.to
	if s.covered < s.from {
		return uint64(s.to), 0, false //nolint:gosec // positive
	}
	s.covered -= s.from
	s.at++
	return uint64(s.to - s.covered), uint64(s.covered), true //nolint:gosec // positive
}

func addRow(sum, row []uint64, weight uint64) {
	if weight == 0 {
		return
	}
	for i, v := range row {
		sum[i] += v * weight
	}
}

// write writes a row of sums of weighted pixels.
func write(pix []byte, sum []uint64, weight uint64) {
	for i, v := range sum {
		pix[i] = byte((v + weight/2) / weight) //nolint:gosec // a mean of bytes
	}
}

// rowReader converts rows of an image to RGBA.
type rowReader struct {
	frame    image.Image
	tile     *image.RGBA
	paletted *image.Paletted // the frame, if it has a palette
	colors   [][4]byte
}

// add adds the weighted pixels of row y to the row of a result.
func (r *rowReader) add(row []uint64, y int, s span) {
	b := r.frame.Bounds()
	for x := 0; x < b.Dx(); x += tileWidth {
		n := min(tileWidth, b.Dx()-x)
		r.convert(image.Pt(b.Min.X+x, b.Min.Y+y), n)
		for pix := r.tile.Pix[:4*n]; len(pix) > 0; pix = pix[4:] {
			at := 4 * s.at
			first, rest, _ := s.next()
			for i, v := range pix[:4] {
				row[at+i] += uint64(v) * first
			}
			if rest > 0 {
				for i, v := range pix[:4] {
					row[at+4+i] += uint64(v) * rest
				}
			}
		}
	}
}

// convert converts n pixels at p into the tile.
func (r *rowReader) convert(p image.Point, n int) {
	if r.paletted == nil {
		draw.Draw(r.tile, image.Rect(0, 0, n, 1), r.frame, p, draw.Src)
		return
	}
	for i, index := range r.paletted.Pix[r.paletted.PixOffset(p.X, p.Y):][:n] {
		copy(r.tile.Pix[4*i:], r.colors[index][:])
	}
}

// rgba returns the colors of a palette for each index that a pixel can have.
func rgba(p color.Palette) [][4]byte {
	colors := make([][4]byte, 256)
	for i, c := range p {
		v := color.RGBAModel.Convert(c).(color.RGBA) //nolint:forcetypeassert // what the model converts to
		colors[i] = [4]byte{v.R, v.G, v.B, v.A}
	}
	return colors
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

// mayBeTransparent reports whether an image may have transparent pixels.
func mayBeTransparent(im image.Image) bool {
	switch im := im.(type) {
	case *image.NRGBA, *image.NRGBA64, *image.NYCbCrA:
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
