package rendition

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// decodePNG decodes a PNG. Of one whose compressed data have faults it decodes what
// browsers show: the rows that are complete.
func (im Image) decodePNG(r io.ReadSeeker) (image.Image, error) {
	decoded, err := png.Decode(newPNGReader(r, im.png))
	if err == nil {
		return decoded, nil
	}
	if again := im.again(r); again != nil {
		return nil, again
	}
	inflated := newPNGInflater(newPNGReader(r, im.png))
	decoded, again := png.Decode(inflated)
	if again != nil {
		return nil, err
	}
	whole := int(inflated.read / im.png.rowSize(im.png.width))
	if inflated.read == inflated.size {
		return decoded, nil
	}
	part, ok := decoded.(interface {
		SubImage(r image.Rectangle) image.Image
	})
	if im.png.interlaced || whole == 0 || !ok {
		return nil, err
	}
	b := decoded.Bounds()
	return part.SubImage(image.Rect(b.Min.X, b.Min.Y, b.Max.X, b.Min.Y+whole)), nil
}

// size returns the number of bytes of all rows.
func (h pngHeader) size() int64 {
	size := int64(0)
	for _, p := range h.passes() {
		size += p.height * h.rowSize(p.width)
	}
	return size
}

// pngReader returns the chunks of a PNG that a decoder needs, in their order, as far
// as libpng does not ignore them, and the end chunk.
type pngReader struct {
	src    *bufio.Reader
	header pngHeader

	pending     []byte // is returned next
	left        int64  // bytes of the current chunk IDAT and its checksum
	begun       bool   // a chunk IDAT was there
	palette     bool
	transparent bool
	err         error
}

func newPNGReader(r io.Reader, header pngHeader) *pngReader {
	p := &pngReader{src: bufio.NewReaderSize(r, 32<<10), header: header}
	p.pending = make([]byte, len(pngSignature)+8+13+pngChecksum)
	_, p.err = io.ReadFull(p.src, p.pending)
	return p
}

// Read implements io.Reader.
func (p *pngReader) Read(b []byte) (int, error) {
	for len(p.pending) == 0 && p.err == nil {
		if p.left > 0 {
			n, err := p.src.Read(b[:min(int64(len(b)), p.left)])
			p.left -= int64(n)
			if n > 0 || err == nil {
				return n, nil
			}
			p.err = err
		} else {
			p.err = p.next()
		}
		if p.err == io.EOF || p.err == io.ErrUnexpectedEOF {
			p.pending, p.err = append(p.pending, pngChunk("IEND", nil)...), io.EOF
		}
	}
	if len(p.pending) == 0 {
		return 0, p.err
	}
	n := copy(b, p.pending)
	p.pending = p.pending[n:]
	return n, nil
}

// next reads the next chunk. It returns io.EOF for the end chunk.
func (p *pngReader) next() error {
	var header [8]byte
	if _, err := io.ReadFull(p.src, header[:]); err != nil {
		return err
	}
	name, n := string(header[4:]), int64(binary.BigEndian.Uint32(header[:]))
	switch {
	case name == "IDAT":
		p.pending, p.left, p.begun = append(p.pending[:0], header[:]...), n+pngChecksum, true
		return nil
	case p.begun, name == "IEND":
		return io.EOF // other chunks end the pixels
	case name == "PLTE" && p.header.kind == pngPalette && !p.palette:
		p.palette = true
	case name == "tRNS" && p.takes(n) && !p.transparent:
		p.transparent = true
	case name != "PLTE" && name[0]&0x20 == 0: // critical
		return fmt.Errorf("a PNG file with a chunk %q", name)
	default:
		return skip(p.src, n+pngChecksum)
	}
	return p.readColors(header, name, n)
}

// readColors reads a chunk PLTE or tRNS.
func (p *pngReader) readColors(header [8]byte, name string, n int64) error {
	if n > 3*256 {
		return errors.New("a palette of more than 256 colors")
	}
	data := make([]byte, n+pngChecksum)
	if _, err := io.ReadFull(p.src, data); err != nil {
		return err
	}
	sum := crc32.ChecksumIEEE(append([]byte(name), data[:n]...))
	if name == "tRNS" && binary.BigEndian.Uint32(data[n:]) != sum {
		p.transparent = false
		return nil
	}
	if most := 3 << min(p.header.depth, 8); name == "PLTE" && n > int64(most) { // more colors than pixels can have
		p.pending = append(p.pending[:0], pngChunk(name, data[:most])...)
		return nil
	}
	p.pending = append(append(p.pending[:0], header[:]...), data...)
	return nil
}

// takes reports whether a chunk tRNS of n bytes is not ignored.
func (p *pngReader) takes(n int64) bool {
	switch p.header.kind {
	case pngGrey:
		return n == 2
	case pngColor:
		return n == 6
	case pngPalette:
		return p.palette && n > 0 && n <= 256
	}
	return false
}

// pngChunk returns a chunk.
func pngChunk(name string, data []byte) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), name...) //nolint:gosec // short
	chunk = append(chunk, data...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}
