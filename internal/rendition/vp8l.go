package rendition

import (
	"errors"
	"fmt"
	"image"
	"io"
)

// A lossless WebP image (RFC 9649, §3) begins with transforms, which have images of
// their own, and with groups of Huffman trees for its pixels. A few bytes declare a
// tree of many kilobytes, and an image can have thousands of groups. Only decoding
// this beginning shows what the trees take.

const (
	maxTreeMemory  = 32 << 20 // bytes of the trees of an image
	maxGroups      = 2600     // that the decoder accepts
	groupMemory    = 80 << 10 // bytes of the largest group
	tileShift      = 2        // a tile, which may have a group of its own, has at least 4 × 4 pixels
	treesOfGroup   = 5
	maxCodeLength  = 15
	minTreeMemory  = 552 // bytes of a tree of one symbol
	perSymbol      = 16  // bytes of a tree in addition
	perSymbolCoded = 8   // bytes of each possible symbol while a tree is built
)

var errLossless = errors.New("not a lossless WebP image")

// losslessMemory returns the number of bytes that decoding so many pixels from
// compressed data allocates: the pixels, the same before they are expanded by a
// palette, the images of the transforms twice (checkTrees decodes them too), and the
// trees.
func losslessMemory(pixels, compressed int64) int64 {
	groups := min(maxGroups, pixels>>(2*tileShift)+pixels>>tileShift+1)
	const perByte = 1200 // bytes of a group of five empty trees, which takes 20 bits
	trees := min(maxTreeMemory, groups*groupMemory, perByte*compressed+1<<16)
	return pixels*15/2 + trees
}

// checkTrees reads the beginning of a lossless image of a size. It returns
// ErrLimit if its trees take more than maxTreeMemory.
func checkTrees(r io.ByteReader, size image.Point) error {
	d := losslessReader{r: r}
	width, height := size.X, size.Y
	for range 5 { // four transforms, each once
		if d.read(1) == 0 {
			d.groups(width, height, true, d.cacheBits())
			break
		}
		switch d.read(2) {
		case 0, 1: // predictor, colors
			shift := d.read(3) + 2
			d.pixels(tiles(width, shift), tiles(height, shift))
		case 3: // palette
			n := d.read(8) + 1
			d.pixels(n, 1)
			switch {
			case n <= 2:
				width = tiles(width, 3)
			case n <= 4:
				width = tiles(width, 2)
			case n <= 16:
				width = tiles(width, 1)
			}
		}
	}
	return d.err
}

func tiles(n, shift int) int { return (n + 1<<shift - 1) >> shift }

// losslessReader reads a lossless image. After an error it reads zeros.
type losslessReader struct {
	r      io.ByteReader
	bits   uint
	n      int // bits that are left
	memory int64
	err    error
}

func (d *losslessReader) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *losslessReader) read(n int) int {
	for d.n < n {
		b, err := d.r.ReadByte()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			d.fail(err)
		}
		if d.err != nil {
			return 0
		}
		d.bits |= uint(b) << d.n
		d.n += 8
	}
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.n -= n
	return int(v) //nolint:gosec // at most 14 bits
}

func (d *losslessReader) cacheBits() int {
	if d.read(1) == 0 {
		return 0
	}
	n := d.read(4)
	if n < 1 || n > 11 {
		d.fail(errLossless)
		return 0
	}
	return n
}

// groups reads the groups of trees of an image and returns the first.
func (d *losslessReader) groups(width, height int, topLevel bool, cacheBits int) (first [treesOfGroup]tree) {
	count := 1
	if topLevel && d.read(1) != 0 {
		shift := d.read(3) + 2
		for _, p := range d.pixels(tiles(width, shift), tiles(height, shift)) {
			count = max(count, 1+int(p>>8&0xffff))
		}
		if count > maxGroups {
			d.fail(fmt.Errorf("%w: it has more than %d groups of Huffman trees", ErrLimit, maxGroups))
		}
	}
	for i := range count {
		if d.err != nil {
			break
		}
		for j, alphabet := range [treesOfGroup]int{256 + 24, 256, 256, 256, 40} {
			if j == 0 && cacheBits > 0 {
				alphabet += 1 << cacheBits
			}
			t := d.tree(alphabet)
			if i == 0 {
				first[j] = t
			}
		}
	}
	return first
}

// pixels decodes an image of a transform, or of groups.
func (d *losslessReader) pixels(width, height int) []uint32 {
	cacheBits := d.cacheBits()
	trees := d.groups(width, height, false, cacheBits)
	if d.err != nil {
		return nil
	}
	pix, cache := make([]uint32, 0, width*height), make([]uint32, 1<<cacheBits)
	cached := 0
	for len(pix) < width*height {
		symbol := trees[0].next(d)
		switch {
		case d.err != nil:
			return nil
		case symbol < 256:
			red, blue, alpha := trees[1].next(d), trees[2].next(d), trees[3].next(d)
			pix = append(pix, uint32(alpha)<<24|uint32(red)<<16|uint32(symbol)<<8|uint32(blue)) //nolint:gosec // 8 bits each
		case symbol < 256+24:
			length := d.value(symbol - 256)
			distance := d.distance(d.value(trees[4].next(d)), width)
			if distance > len(pix) || length > width*height-len(pix) {
				d.fail(errLossless)
				return nil
			}
			for range length {
				pix = append(pix, pix[len(pix)-distance])
			}
		default:
			for ; cached < len(pix); cached++ {
				cache[(pix[cached]*0x1e35a7bd)>>(32-cacheBits)] = pix[cached]
			}
			pix = append(pix, cache[symbol-256-24])
		}
	}
	return pix
}

// value reads a length or distance, whose symbol tells how many bits follow.
func (d *losslessReader) value(symbol int) int {
	if symbol < 4 {
		return symbol + 1
	}
	extra := (symbol - 2) >> 1
	return (2+symbol&1)<<extra + d.read(extra) + 1
}

// distance returns the distance in pixels of a code. The first 120 are of the pixels
// nearby in two dimensions.
func (d *losslessReader) distance(code, width int) int {
	if code > len(nearby) {
		return code - len(nearby)
	}
	at := int(nearby[code-1])
	return max(1, at>>4*width+8-at&0xf)
}

var nearby = [120]byte{
	0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39, 0x15, 0x1b, 0x36, 0x3a,
	0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03,
	0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e,
	0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
	0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e, 0x00, 0x74, 0x7c, 0x41,
	0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
}
