package rendition

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"
	pngChecksum  = 4 // bytes behind the data of a chunk

	pngGrey    = 0 // color types (PNG, third edition, §11.2.1)
	pngColor   = 2
	pngPalette = 3
)

// pngChannels is the number of samples of a pixel by color type.
var pngChannels = [...]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

// pngHeader is the header of a PNG (PNG, third edition, §11.2.1).
type pngHeader struct {
	width, height int64
	depth         int64
	kind          int
	interlaced    bool
}

// inspectPNG reads the header and the chunks before the first IDAT: the transparency,
// and the orientation of the chunk eXIf. An APNG is decoded as the still image that it
// has for programs without animation.
func (im *Image) inspectPNG(r *bufio.Reader) error {
	var head [len(pngSignature) + 8 + 13 + pngChecksum]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	const ihdr = len(pngSignature) + 8
	if string(head[:8]) != pngSignature || string(head[8:ihdr]) != "\x00\x00\x00\x0dIHDR" {
		return errors.New("not a PNG file")
	}
	h := pngHeader{
		width: int64(binary.BigEndian.Uint32(head[ihdr:])), height: int64(binary.BigEndian.Uint32(head[ihdr+4:])),
		depth: int64(head[ihdr+8]), kind: int(head[ihdr+9]), interlaced: head[ihdr+12] != 0,
	}
	if err := im.setSize(h.width, h.height, image.Rect(0, 0, int(h.width), int(h.height))); err != nil {
		return err
	}
	if h.depth > 16 || h.kind >= len(pngChannels) || pngChannels[h.kind] == 0 {
		return errors.New("a PNG file of an unknown kind")
	}
	transparent, err := im.readPNGChunks(r)
	if err != nil {
		return err
	}
	im.png, im.memory = h, h.memory(transparent)
	return nil
}

// readPNGChunks reads the chunks before the first IDAT and reports whether one of
// them is tRNS. Other chunks are skipped by their length.
func (im *Image) readPNGChunks(r *bufio.Reader) (transparent bool, err error) {
	for turned := false; ; {
		var header [8]byte
		if _, err := io.ReadFull(r, header[:]); err == io.EOF {
			return transparent, nil // the decoder reports it
		} else if err != nil {
			return false, err
		}
		n := int64(binary.BigEndian.Uint32(header[:]))
		switch string(header[4:]) {
		case "IDAT":
			return transparent, nil
		case "tRNS":
			transparent = true
		case "eXIf":
			if turned {
				break
			}
			sum := crc32.NewIEEE()
			sum.Write(header[4:])
			data := &io.LimitedReader{R: io.TeeReader(r, sum), N: n}
			found, err := orientation(data)
			if err != nil {
				return false, err
			}
			if _, err := io.Copy(io.Discard, data); err != nil {
				return false, err
			}
			if n = data.N; n == 0 {
				check, err := r.Peek(pngChecksum)
				if err == nil && binary.BigEndian.Uint32(check) == sum.Sum32() { // otherwise browsers ignore it
					im.orientation, turned = found, true
				}
			}
		}
		if err := skip(r, n+pngChecksum); err != nil {
			return false, err
		}
	}
}

// memory returns the number of bytes that the decoder allocates: the pixels and two
// rows of samples. The passes of an interlaced image are decoded one by one, each with
// pixels and rows of its own, beside the pixels of the whole.
func (h pngHeader) memory(transparent bool) int64 {
	perPixel := int64(4)
	switch {
	case h.kind == pngPalette:
		perPixel = 1
	case h.kind == pngGrey && !transparent: // otherwise grey becomes color with alpha
		perPixel = max(1, h.depth/8)
	case h.depth == 16:
		perPixel = 8
	}
	memory := int64(0)
	if h.interlaced {
		memory = h.width * h.height * perPixel
	}
	for _, pass := range h.passes() {
		memory += pass.width*pass.height*perPixel + 2*h.rowSize(pass.width)
	}
	return memory
}

// rowSize returns the number of bytes of a row with its filter.
func (h pngHeader) rowSize(width int64) int64 { return 1 + (h.depth*pngChannels[h.kind]*width+7)/8 }

// pngPass is an image that is compressed for itself: the whole, or a pass of an
// interlaced one.
type pngPass struct{ width, height int64 }

func (h pngHeader) passes() []pngPass {
	if !h.interlaced {
		return []pngPass{{h.width, h.height}}
	}
	var passes []pngPass
	for _, p := range [7]struct{ x, y, dx, dy int64 }{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		width, height := (h.width-p.x+p.dx-1)/p.dx, (h.height-p.y+p.dy-1)/p.dy
		if width > 0 && height > 0 {
			passes = append(passes, pngPass{width, height})
		}
	}
	return passes
}
