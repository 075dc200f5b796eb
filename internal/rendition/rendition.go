// Package rendition scales images down, in Go alone and in bounded memory:
// what an image takes is known from its first bytes, before any is decoded.
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

// ErrUnsupported: the image cannot be decoded, or is over a limit.
var ErrUnsupported = errors.New("the image cannot be scaled")

const (
	maxPixels   = 100_000_000 // of an image
	maxRendered = 8_000_000   // pixels of a rendition
	quality     = 85          // of a JPEG
	headLen     = 2 << 20     // bytes that tell what an image is like
)

// Scales reports whether images of a media type are scaled: png, jpeg, gif and
// webp.
func Scales(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// Image is what the first bytes of an image tell.
type Image struct {
	mediaType   string
	stored      image.Point // as stored, before it is turned
	orientation int         // EXIF, 1–8
	perPixel    float64     // bytes of memory to decode it
	fixed       int64       // bytes beside
}

// Inspect reads the beginning of an image of size bytes. An error of r is
// passed on; what is no image, or too large a one, is ErrUnsupported.
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
		im.png(head)
	case "image/jpeg":
		config, err = jpeg.DecodeConfig(bytes.NewReader(head))
		im.jpeg(head)
	case "image/gif":
		config, err = gif.DecodeConfig(bytes.NewReader(head))
		im.perPixel = 1
	case "image/webp":
		config, err = im.webp(head, r, size)
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

// Width answers how wide the image is shown.
func (im Image) Width() int {
	if im.turned() {
		return im.stored.Y
	}
	return im.stored.X
}

// turned reports that rows are shown as columns.
func (im Image) turned() bool { return im.orientation >= 5 }

// Memory answers how many bytes Scale takes at most.
func (im Image) Memory(width int) int64 {
	pixels := float64(im.stored.X) * float64(im.stored.Y)
	out := im.size(width)
	between := out.Mul(factor(out, im.stored))
	const perBetween, perOut = 4 + 4.0/3, 4 + 4 + 4 // halved, again and again; turned, encoded
	return im.fixed + int64(pixels*im.perPixel+float64(between.X)*float64(between.Y)*perBetween+float64(out.X)*float64(out.Y)*perOut)
}

// size answers how large, as stored, a rendition is that is shown so wide.
func (im Image) size(width int) image.Point {
	x, y := im.stored.X, im.stored.Y
	if im.turned() {
		return image.Pt(max(1, (x*width+y/2)/y), width)
	}
	return image.Pt(width, max(1, (y*width+x/2)/x))
}

// Scale decodes the whole of r, the first frame of an animation, and answers
// it as wide as width: as PNG when the source can be transparent, else as
// JPEG. An error of r is passed on; what cannot be decoded is ErrUnsupported.
func (im Image) Scale(r io.Reader, width int) (encoded []byte, mediaType string, err error) {
	size := im.size(width)
	if size.X*size.Y > maxRendered {
		return nil, "", fmt.Errorf("%w: it is too tall", ErrUnsupported)
	}
	decoded, err := im.decode(r)
	if err != nil {
		return nil, "", unsupported(err)
	}
	if decoded.Bounds().Size() != im.stored {
		return nil, "", fmt.Errorf("%w: it is of another size than it says", ErrUnsupported)
	}
	transparent := transparent(decoded)
	scaled := turn(scale(decoded, size), im.orientation)
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
		return onCanvas(frame, image.Rectangle{Max: im.stored}), nil
	}
	still, at, err := firstFrame(r)
	if err != nil {
		return nil, err
	}
	frame, err := webp.Decode(still)
	if err != nil {
		return nil, err
	}
	return onCanvas(moved{frame, at}, image.Rectangle{Max: im.stored}), nil
}

func unsupported(err error) error {
	if errors.Is(err, ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnsupported, err)
}
