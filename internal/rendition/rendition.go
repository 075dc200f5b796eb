// Package rendition scales images down in bounded memory and time.
//
// What decoding an image allocates is computed from its headers, before any of it is
// decoded: from the header of the frame that the decoder reads, not from the canvas
// that the file declares. The numbers of an image are checked before they are used.
package rendition

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
)

// The errors of an image itself.
var (
	// ErrUnsupported: the image cannot be decoded, or is over a limit.
	ErrUnsupported = errors.New("the image cannot be scaled")
	// ErrLimit: the image is over a limit. It wraps ErrUnsupported.
	ErrLimit = fmt.Errorf("%w", ErrUnsupported)
)

const (
	maxPixels   = 100_000_000 // of an image
	maxSide     = 1 << 18     // pixels of a row or column, each of which costs time
	maxRendered = 8_000_000   // pixels of a rendition
	quality     = 85          // of a JPEG rendition

	fixedMemory   = 2 << 20  // bytes of a decoder, an encoder and the buffers between them
	minCollected  = 16 << 20 // bytes of a decoded image that are freed before the rendition is encoded
	bytesOfPixel  = 4        // of a rendition in memory
	bytesEncoding = 16       // of a pixel while it is oriented and encoded
)

// Inspects reports whether the size of images of a media type is limited, which are those
// that can be scaled, and AVIF.
func Inspects(mediaType string) bool { return mediaType == "image/avif" || Scales(mediaType) }

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
	stored      image.Point     // size before it is rotated
	frame       image.Rectangle // of it, what is decoded
	orientation int             // EXIF, 1–8
	memory      int64           // bytes that decoding allocates
	fault       error           // why the image cannot be decoded, if that is known

	jpeg jpegHeader
	png  pngHeader
	rest *bufio.Reader // of a JPEG, from its first scan on
}

// Inspect reads the properties of an image of size bytes. It reads r up to the first
// pixels, or to the EXIF data of a WebP image, which come last; metadata of whatever
// size are skipped. An AVIF image, which Scale cannot decode, it reads whole. It
// returns ErrUnsupported if r is not an image of mediaType, and
// ErrLimit if that has more than 100 million pixels. The returned error also wraps an
// error of r.
func Inspect(r io.Reader, mediaType string, size int64) (Image, error) {
	im := Image{mediaType: mediaType, orientation: 1}
	buffered := bufio.NewReaderSize(r, 32<<10)
	var err error
	switch mediaType {
	case "image/png":
		err = im.inspectPNG(buffered)
	case "image/jpeg":
		err = im.inspectJPEG(buffered)
	case "image/gif":
		err = im.inspectGIF(buffered)
	case "image/webp":
		err = im.inspectWebP(buffered, size)
	case "image/avif":
		err = im.inspectAVIF(buffered)
	default:
		return Image{}, ErrUnsupported
	}
	if err != nil {
		return Image{}, unsupported(err)
	}
	return im, nil
}

// setSize sets the size of the image and of its frame, which is the part of it that
// is decoded.
func (im *Image) setSize(width, height int64, frame image.Rectangle) error {
	if min(width, height) < 1 {
		return fmt.Errorf("%w: it has %d × %d pixels", ErrUnsupported, width, height)
	}
	if max(width, height) > maxPixels || width*height > maxPixels {
		return fmt.Errorf("%w: it has %d × %d pixels, at most %d million are decoded", ErrLimit, width, height, maxPixels/1_000_000)
	}
	if max(width, height) > maxSide {
		return fmt.Errorf("%w: it has %d × %d pixels, at most %d in a row or column are decoded", ErrLimit, width, height, maxSide)
	}
	im.stored, im.frame = image.Pt(int(width), int(height)), frame
	if int64(frame.Dx())*int64(frame.Dy()) > maxPixels {
		return fmt.Errorf("%w: its frame has %d × %d pixels, at most %d million are decoded", ErrLimit, frame.Dx(), frame.Dy(), maxPixels/1_000_000)
	}
	if frame.Empty() || !frame.In(image.Rectangle{Max: im.stored}) {
		im.fault = fmt.Errorf("its frame of %d × %d pixels is not within its %d × %d", frame.Dx(), frame.Dy(), width, height)
	}
	return nil
}

// Check reads the rest of the reader that was passed to Inspect, from where Inspect
// has stopped, as far as it determines the cost of decoding. It returns ErrLimit for
// an image with too many scans. It must be called before Memory and Scale.
func (im *Image) Check() error {
	if im.mediaType != "image/jpeg" {
		return nil
	}
	if err := im.checkScans(); err != nil {
		return unsupported(err)
	}
	return nil
}

// Width returns the width of the image in pixels, as it is displayed.
func (im Image) Width() int {
	if im.rotated() {
		return im.stored.Y
	}
	return im.stored.X
}

// Fault returns ErrUnsupported if the headers of the image show that Scale cannot
// decode it, or nil.
func (im Image) Fault() error {
	if im.fault == nil {
		return nil
	}
	return unsupported(im.fault)
}

// rotated reports whether the rows of the stored image are displayed as columns.
func (im Image) rotated() bool { return im.orientation >= 5 }

// Memory returns the maximum number of bytes that Scale to a width has allocated at
// any time.
func (im Image) Memory(width int) int64 {
	size := im.size(width)
	out := int64(size.X) * int64(size.Y)
	return fixedMemory + max(im.memory+bytesOfPixel*out, bytesEncoding*out)
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

// Scale decodes r, or the first frame of an animation, and returns it scaled down to
// width: as PNG if the source may be transparent, else as JPEG. Where pixels are
// missing at the end the result is transparent. r is at the beginning; of a damaged
// image it is read several times. Scale returns ErrUnsupported if r cannot be decoded,
// has another size than Inspect read, is narrower than width, or would have more than
// 8 million pixels. The returned error also wraps an error of r. Scale returns soon
// after ctx has ended.
func (im Image) Scale(ctx context.Context, r io.ReadSeeker, width int) (encoded []byte, mediaType string, err error) {
	if err := im.Fault(); err != nil {
		return nil, "", err
	}
	size := im.size(width)
	if size.X*size.Y > maxRendered {
		return nil, "", fmt.Errorf("%w: it would be too tall", ErrUnsupported)
	}
	if width < 1 || size.X > im.stored.X || size.Y > im.stored.Y {
		return nil, "", fmt.Errorf("%w: it is narrower than that", ErrUnsupported)
	}
	scaled, transparent, err := im.decodeScaled(ctx, &readerUntil{ctx, r}, size)
	if err != nil {
		return nil, "", unsupported(err)
	}
	if im.memory >= minCollected {
		runtime.GC() // the decoded image; what follows may need as much
	}
	scaled = orient(scaled, im.orientation)
	var out pieces
	if transparent {
		err, mediaType = png.Encode(&out, scaled), "image/png"
	} else {
		err, mediaType = jpeg.Encode(&out, scaled, &jpeg.Options{Quality: quality}), "image/jpeg"
	}
	if err != nil {
		return nil, "", unsupported(err)
	}
	return slices.Concat(out...), mediaType, nil
}

// again prepares r for another attempt to decode it. What the last one has allocated is
// freed, so that both together take no more than Memory.
func (im Image) again(r io.Seeker) error {
	if im.memory >= fixedMemory/2 {
		runtime.GC()
	}
	_, err := r.Seek(0, io.SeekStart)
	return err
}

// decodeScaled decodes r and scales it to a size. It reports whether the result may
// be transparent.
func (im Image) decodeScaled(ctx context.Context, r io.ReadSeeker, size image.Point) (scaled *image.RGBA, transparent bool, err error) {
	decoded, err := im.decode(r)
	if err != nil {
		return nil, false, err
	}
	got := decoded.Bounds().Size()
	if got.X != im.frame.Dx() || got.Y > im.frame.Dy() || got.Y == 0 {
		return nil, false, fmt.Errorf("%w: its size differs from that in its header", ErrUnsupported)
	}
	scaled, err = scale(ctx, decoded, im.frame.Min, im.stored, size)
	return scaled, got != im.stored || mayBeTransparent(decoded), err
}

// decode decodes the frame. The result has fewer rows if the last ones are missing.
func (im Image) decode(r io.ReadSeeker) (image.Image, error) {
	switch im.mediaType {
	case "image/png":
		return im.decodePNG(r)
	case "image/jpeg":
		return im.decodeJPEG(r)
	case "image/gif":
		return decodeGIF(r)
	}
	return decodeWebP(r)
}

// readerUntil is an io.ReadSeeker that fails when ctx has ended.
type readerUntil struct {
	ctx context.Context //nolint:containedctx // an io.Reader has nowhere else to keep it
	io.ReadSeeker
}

func (r *readerUntil) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.ReadSeeker.Read(p)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// pieces collects what is written without copying it when it grows.
type pieces [][]byte

const pieceSize = 64 << 10

// Write implements io.Writer.
func (p *pieces) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		last := len(*p) - 1
		if last < 0 || len((*p)[last]) == pieceSize {
			*p = append(*p, make([]byte, 0, pieceSize))
			continue
		}
		n := min(len(rest), pieceSize-len((*p)[last]))
		(*p)[last] = append((*p)[last], rest[:n]...)
		rest = rest[n:]
	}
	return len(b), nil
}

// skip discards n bytes. It returns io.ErrUnexpectedEOF if there are fewer.
func skip(r *bufio.Reader, n int64) error {
	for n > 0 {
		discarded, err := r.Discard(int(min(n, 1<<30)))
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		n -= int64(discarded)
	}
	return nil
}

// unsupported wraps err in ErrUnsupported.
func unsupported(err error) error {
	if errors.Is(err, ErrUnsupported) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnsupported, err)
}
