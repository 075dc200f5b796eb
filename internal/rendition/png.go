package rendition

import (
	"bufio"
	"encoding/binary"
	"errors"
	"image"
	"io"
)

const (
	pngSignature = "\x89PNG\r\n\x1a\n"

	pngGrey    = 0 // color types (PNG, third edition, §11.2.1)
	pngPalette = 3
)

// pngChannels is the number of samples of a pixel by color type.
var pngChannels = [...]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

// inspectPNG reads the chunks before the first IDAT: the header (PNG, third edition,
// §11.2.1), the transparency, and the orientation of the chunk eXIf. An APNG is
// decoded as the still image that it has for programs without animation.
func (im *Image) inspectPNG(r *bufio.Reader) error {
	var head [len(pngSignature) + 8 + 13 + 4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	const ihdr = len(pngSignature) + 8
	if string(head[:8]) != pngSignature || string(head[8:ihdr]) != "\x00\x00\x00\x0dIHDR" {
		return errors.New("not a PNG file")
	}
	width, height := int64(binary.BigEndian.Uint32(head[ihdr:])), int64(binary.BigEndian.Uint32(head[ihdr+4:]))
	if err := im.setSize(width, height, image.Rect(0, 0, int(width), int(height))); err != nil {
		return err
	}
	depth, kind, interlaced := int64(head[ihdr+8]), int(head[ihdr+9]), head[ihdr+12] != 0
	if depth > 16 || kind >= len(pngChannels) || pngChannels[kind] == 0 {
		return errors.New("a PNG file of an unknown kind")
	}
	transparent, err := im.readPNGChunks(r)
	if err != nil {
		return err
	}
	perPixel := int64(4)
	switch {
	case kind == pngPalette:
		perPixel = 1
	case kind == pngGrey && !transparent: // otherwise grey becomes color with alpha
		perPixel = max(1, depth/8)
	case depth == 16:
		perPixel = 8
	}
	im.memory = pngMemory(width, height, perPixel, depth*pngChannels[kind], interlaced)
	return nil
}

// readPNGChunks reads the chunks before the first IDAT and reports whether one of
// them is tRNS.
func (im *Image) readPNGChunks(r *bufio.Reader) (transparent bool, err error) {
	for {
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
			tiff, err := readPrefix(r, n)
			if err != nil {
				return false, err
			}
			im.orientation = orientation(tiff)
			n -= int64(len(tiff))
		}
		const checksum = 4
		if err := skip(r, n+checksum); err != nil {
			return false, err
		}
	}
}

// pngMemory returns the number of bytes that the decoder allocates: the pixels and
// two rows of samples. The passes of an interlaced image are decoded one by one,
// each with pixels and rows of its own, beside the pixels of the whole.
func pngMemory(width, height, perPixel, bitsPerPixel int64, interlaced bool) int64 {
	pass := func(w, h int64) int64 { return w*h*perPixel + 2*(1+(bitsPerPixel*w+7)/8) }
	if !interlaced {
		return pass(width, height)
	}
	memory := width * height * perPixel
	for _, p := range [7]struct{ x, y, dx, dy int64 }{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		memory += pass(max(0, (width-p.x+p.dx-1)/p.dx), max(0, (height-p.y+p.dy-1)/p.dy))
	}
	return memory
}
