package rendition

import (
	"bufio"
	"compress/lzw"
	"errors"
	"image"
	"image/color"
	"io"
)

var errGIF = errors.New("not a GIF file")

const (
	gifExtension  = 0x21
	gifFrame      = 0x2c
	gifControl    = 0xf9 // label of an extension
	gifTable      = 0x80 // a flag: a table of colors follows
	gifInterlaced = 0x40 // a flag of a frame
)

// gifHeader is the first frame of a GIF and the logical screen (GIF89a, §18 and §20).
type gifHeader struct {
	width, height int // of the screen
	frame         image.Rectangle
	interlaced    bool
	colors        color.Palette // nil: none
}

// inspectGIF reads the header of the first frame.
func (im *Image) inspectGIF(r *bufio.Reader) error {
	h, err := readGIFHeader(r)
	if err != nil {
		return err
	}
	im.memory = int64(h.frame.Dx()) * int64(h.frame.Dy())
	if h.colors == nil {
		im.fault = errors.New("a GIF file without colors")
	}
	return im.setSize(int64(h.width), int64(h.height), h.frame)
}

// readGIFHeader reads a GIF up to the pixels of the first frame. Extensions are skipped
// by the length of their blocks.
func readGIFHeader(r *bufio.Reader) (h gifHeader, err error) {
	var head [13]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return h, err
	}
	if v := string(head[:6]); v != "GIF87a" && v != "GIF89a" {
		return h, errGIF
	}
	h.width, h.height = uint16LE(head[6:]), uint16LE(head[8:])
	if h.colors, err = readGIFColors(r, head[10], nil); err != nil {
		return h, err
	}
	transparent := -1
	for {
		block, err := r.ReadByte()
		if err != nil {
			return h, err
		}
		switch block {
		case gifExtension:
			if transparent, err = readGIFExtension(r, transparent); err != nil {
				return h, err
			}
		case gifFrame:
			err = h.readFrame(r, transparent)
			return h, err
		default: // also the end
			return h, errGIF
		}
	}
}

// readFrame reads the descriptor of a frame and its colors.
func (h *gifHeader) readFrame(r *bufio.Reader, transparent int) (err error) {
	var d [9]byte
	if _, err := io.ReadFull(r, d[:]); err != nil {
		return err
	}
	left, top := uint16LE(d[:]), uint16LE(d[2:])
	h.frame = image.Rect(left, top, left+uint16LE(d[4:]), top+uint16LE(d[6:]))
	h.interlaced = d[8]&gifInterlaced != 0
	if h.colors, err = readGIFColors(r, d[8], h.colors); err != nil || h.colors == nil {
		return err
	}
	for transparent >= len(h.colors) {
		h.colors = append(h.colors, color.RGBA{})
	}
	if transparent >= 0 {
		h.colors[transparent] = color.RGBA{}
	}
	return nil
}

// readGIFColors reads the table of colors that flags announce, or returns otherwise.
func readGIFColors(r io.Reader, flags byte, otherwise color.Palette) (color.Palette, error) {
	if flags&gifTable == 0 {
		return otherwise, nil
	}
	table := make([]byte, 3<<(1+flags&7))
	if _, err := io.ReadFull(r, table); err != nil {
		return nil, err
	}
	var colors color.Palette
	for ; len(table) > 0; table = table[3:] {
		colors = append(colors, color.RGBA{table[0], table[1], table[2], 0xff})
	}
	return colors, nil
}

// readGIFExtension reads an extension. It returns the transparent color that a graphic
// control sets for the next frame, or -1; otherwise the one that was passed.
func readGIFExtension(r *bufio.Reader, transparent int) (int, error) {
	label, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	for first := true; ; first = false {
		n, err := r.ReadByte()
		if err != nil || n == 0 {
			return transparent, err
		}
		if label == gifControl && first {
			control, err := r.Peek(4)
			if err != nil {
				return 0, err
			}
			if n != 4 {
				return 0, errGIF
			}
			if transparent = -1; control[0]&1 != 0 {
				transparent = int(control[3])
			}
		}
		if err := skip(r, int64(n)); err != nil {
			return 0, err
		}
	}
}

// decodeGIF decodes the first frame. The result has fewer rows if the last ones are
// missing or damaged.
func decodeGIF(src io.Reader) (image.Image, error) {
	r := bufio.NewReaderSize(src, 32<<10)
	h, err := readGIFHeader(r)
	if err != nil {
		return nil, err
	}
	bits, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	if bits < 2 || bits > 8 {
		return nil, errGIF
	}
	pixels := lzw.NewReader(&gifBlocks{r: r}, lzw.LSB, int(bits))
	defer pixels.Close()
	out := image.NewPaletted(h.frame, h.colors)
	rows, err := readGIFRows(pixels, out, h.interlaced)
	if rows < h.frame.Dy() && (h.interlaced || rows == 0) {
		return nil, err
	}
	last := byte(0)
	for _, index := range out.Pix {
		last = max(last, index)
	}
	for int(last) >= len(out.Palette) { // browsers show what has no color as transparent
		out.Palette = append(out.Palette, color.RGBA{})
	}
	b := h.frame
	return out.SubImage(image.Rect(b.Min.X, b.Min.Y, b.Max.X, b.Min.Y+rows)), nil
}

// readGIFRows reads the rows of an image and returns how many are complete.
func readGIFRows(r io.Reader, out *image.Paletted, interlaced bool) (rows int, err error) {
	type pass struct{ first, step int }
	passes := []pass{{0, 1}}
	if interlaced {
		passes = []pass{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	for _, p := range passes {
		for y := p.first; y < out.Rect.Dy(); y += p.step {
			if _, err := io.ReadFull(r, out.Pix[y*out.Stride:][:out.Rect.Dx()]); err != nil {
				return rows, err
			}
			rows++
		}
	}
	return rows, nil
}

// gifBlocks reads the data of blocks, up to an empty one.
type gifBlocks struct {
	r    *bufio.Reader
	left int
}

// ReadByte implements io.ByteReader.
func (b *gifBlocks) ReadByte() (byte, error) {
	if b.left == 0 {
		n, err := b.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if b.left = int(n); n == 0 {
			return 0, io.EOF
		}
	}
	b.left--
	return b.r.ReadByte()
}

// Read implements io.Reader.
func (b *gifBlocks) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if p[n], err = b.ReadByte(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func uint16LE(b []byte) int { return int(b[0]) | int(b[1])<<8 }
