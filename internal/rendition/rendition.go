// Package rendition scales images down in bounded memory. The memory that an image
// needs is computed from its first bytes, before any of it is decoded.
package rendition

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// ErrUnsupported: the image cannot be decoded or exceeds a limit.
var ErrUnsupported = errors.New("the image cannot be scaled")

const (
	maxPixels   = 100_000_000 // of an image
	maxRendered = 8_000_000   // pixels of a rendition
	quality     = 85          // of a JPEG rendition
	headLen     = 2 << 20     // bytes that Inspect reads for the properties of an image
)

// Scales reports whether images of a media type can be scaled, which are PNG, JPEG,
// GIF and WebP.
func Scales(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// Image has the properties of an image that [Inspect] has read.
type Image struct {
	mediaType   string
	stored      image.Point // size before it is rotated
	orientation int         // EXIF, 1–8
	perPixel    float64     // bytes of memory to decode one pixel
	fixed       int64       // bytes of memory to decode it in addition
}

// Inspect reads the properties of an image of size bytes. It reads at most 2 MiB of
// r, except for a WebP image, whose EXIF data come last. It returns ErrUnsupported
// if r is not an image of mediaType or has more than 100 million pixels. The
// returned error also wraps an error of r.
func Inspect(r io.Reader, mediaType string, size int64) (Image, error) {
	head, err := io.ReadAll(io.LimitReader(r, headLen))
	if err != nil {
		return Image{}, err
	}
	im := Image{mediaType: mediaType, orientation: 1}
	var config image.Config
	switch mediaType {
	case "image/png":
		config, err = png.DecodeConfig(bytes.NewReader(head))
		im.inspectPNG(head)
	case "image/jpeg":
		config, err = jpeg.DecodeConfig(bytes.NewReader(head))
		im.inspectJPEG(head)
	case "image/gif":
		config, err = gif.DecodeConfig(bytes.NewReader(head))
		im.perPixel = 1
	case "image/webp":
		config, err = im.inspectWebP(head, r, size)
	default:
		return Image{}, ErrUnsupported
	}
	if err != nil {
		return Image{}, unsupported(err)
	}
	im.stored = image.Pt(config.Width, config.Height)
	if int64(config.Width)*int64(config.Height) > maxPixels || config.Width < 1 || config.Height < 1 {
		return Image{}, fmt.Errorf("%w: it has %d × %d pixels, at most %d million are decoded", ErrUnsupported, config.Width, config.Height, maxPixels/1_000_000)
	}
	return im, nil
}

// Width returns the width of the image in pixels, as it is displayed.
func (im Image) Width() int {
	if im.rotated() {
		return im.stored.Y
	}
	return im.stored.X
}

// rotated reports whether the rows of the stored image are displayed as columns.
func (im Image) rotated() bool { return im.orientation >= 5 }

// Memory returns the maximum number of bytes that Scale to a width allocates.
func (im Image) Memory(width int) int64 {
	pixels := float64(im.stored.X) * float64(im.stored.Y)
	out := im.size(width)
	intermediate := out.Mul(factor(out, im.stored))
	const perIntermediate = 4 + 4.0/3 // itself and its halves
	const perOut = 4 + 4 + 4          // itself, rotated, encoded
	return im.fixed + int64(pixels*im.perPixel+float64(intermediate.X)*float64(intermediate.Y)*perIntermediate+float64(out.X)*float64(out.Y)*perOut)
}

// size returns the size, before rotation, of a rendition that is displayed with a
// width.
func (im Image) size(width int) image.Point {
	x, y := im.stored.X, im.stored.Y
	if im.rotated() {
		return image.Pt(max(1, (x*width+y/2)/y), width)
	}
	return image.Pt(width, max(1, (y*width+x/2)/x))
}

// Scale decodes r, or the first frame of an animation, and returns it scaled to
// width: as PNG if the source may be transparent, else as JPEG. It returns
// ErrUnsupported if r cannot be decoded, has another size than Inspect read, or
// would have more than 8 million pixels. The returned error also wraps an error of
// r.
func (im Image) Scale(r io.Reader, width int) (encoded []byte, mediaType string, err error) {
	size := im.size(width)
	if size.X*size.Y > maxRendered {
		return nil, "", fmt.Errorf("%w: it would be too tall", ErrUnsupported)
	}
	decoded, err := im.decode(r)
	if err != nil {
		return nil, "", unsupported(err)
	}
	if decoded.Bounds().Size() != im.stored {
		return nil, "", fmt.Errorf("%w: its size differs from that in its header", ErrUnsupported)
	}
	transparent := transparent(decoded)
	scaled := orient(scale(decoded, size), im.orientation)
	var out bytes.Buffer
	if transparent {
		err, mediaType = png.Encode(&out, scaled), "image/png"
	} else {
		err, mediaType = jpeg.Encode(&out, scaled, &jpeg.Options{Quality: quality}), "image/jpeg"
	}
	if err != nil {
		return nil, "", unsupported(err)
	}
	return out.Bytes(), mediaType, nil
}

func (im Image) decode(r io.Reader) (image.Image, error) {
	switch im.mediaType {
	case "image/png":
		return png.Decode(r)
	case "image/jpeg":
		return jpeg.Decode(r)
	case "image/gif":
		frame, err := gif.Decode(r)
		if err != nil {
			return nil, err
		}
		return onCanvas(frame, image.Point{}, image.Rectangle{Max: im.stored}), nil
	}
	still, at, err := firstFrame(r)
	if err != nil {
		return nil, err
	}
	frame, err := webp.Decode(still)
	if err != nil {
		return nil, err
	}
	return onCanvas(frame, at, image.Rectangle{Max: im.stored}), nil
}

// unsupported wraps err in ErrUnsupported.
func unsupported(err error) error {
	if errors.Is(err, ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnsupported, err)
}
