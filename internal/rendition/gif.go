package rendition

import (
	"bufio"
	"errors"
	"image"
	"io"
)

var errGIF = errors.New("not a GIF file")

const (
	gifTable      = 0x80 // a flag: a table of colors follows
	gifInterlaced = 0x40 // a flag of a frame
)

// inspectGIF reads the logical screen and the descriptor of the first frame (GIF89a,
// §18 and §20). It reads the blocks before it as the decoder does.
func (im *Image) inspectGIF(r *bufio.Reader) error {
	var head [13]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	if v := string(head[:6]); v != "GIF87a" && v != "GIF89a" {
		return errGIF
	}
	if head[10]&gifTable != 0 {
		if err := skip(r, 3<<(1+head[10]&7)); err != nil {
			return err
		}
	}
	for {
		block, err := r.ReadByte()
		if err != nil {
			return err
		}
		switch block {
		case 0x21:
			err = skipGIFExtension(r)
		case 0x2c:
			return im.inspectGIFFrame(r, uint16LE(head[6:]), uint16LE(head[8:]))
		default: // also the end
			return errGIF
		}
		if err != nil {
			return err
		}
	}
}

func (im *Image) inspectGIFFrame(r *bufio.Reader, width, height int) error {
	var d [9]byte
	if _, err := io.ReadFull(r, d[:]); err != nil {
		return err
	}
	left, top, w, h := uint16LE(d[:]), uint16LE(d[2:]), uint16LE(d[4:]), uint16LE(d[6:])
	im.memory = int64(w) * int64(h)
	if d[8]&gifInterlaced != 0 {
		im.memory *= 2 // its rows are put in order in a copy
	}
	return im.setSize(int64(width), int64(height), image.Rect(left, top, left+w, top+h))
}

func skipGIFExtension(r *bufio.Reader) error {
	label, err := r.ReadByte()
	if err != nil {
		return err
	}
	switch label {
	case 0xf9: // graphic control
		return skip(r, 6)
	case 0x01: // plain text
		err = skip(r, 13)
	case 0xff: // application
		err = skipGIFBlock(r)
	}
	for err == nil {
		var n byte
		if n, err = r.ReadByte(); err == nil {
			if n == 0 {
				return nil
			}
			err = skip(r, int64(n))
		}
	}
	return err
}

// skipGIFBlock skips a byte and as many bytes as it says.
func skipGIFBlock(r *bufio.Reader) error {
	n, err := r.ReadByte()
	if err != nil {
		return err
	}
	return skip(r, int64(n))
}

func uint16LE(b []byte) int { return int(b[0]) | int(b[1])<<8 }
