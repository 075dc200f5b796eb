package rendition

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
)

var (
	errAVIF     = errors.New("not an AVIF file")
	errNoScaler = errors.New("AVIF is not decoded")
)

const (
	maxBoxes = 10_000  // of a file
	endless  = 1 << 62 // the length of a box that ends with the file
)

// inspectAVIF reads the sizes that a file (AV1 Image File Format) declares: those of its
// images, their tiles and their other layers, and those of the tracks of a sequence. They
// must all be within the limits. Boxes may be in any order, so it reads the whole file.
//
// The boxes are read one after the other. Those that have others are entered and not
// left, because what follows the last one within them is what follows them.
func (im *Image) inspectAVIF(r *bufio.Reader) error {
	found := false
	for range maxBoxes {
		kind, content, err := readBoxHeader(r)
		switch {
		case err == io.EOF && found:
			im.fault = errNoScaler
			return nil
		case err != nil:
			return err
		}
		switch kind {
		case "moov", "trak", "mdia", "minf", "stbl", "iprp", "ipco":
			continue
		case "meta":
			content = 4 // bytes before its first box
		case "stsd":
			content = 8
		case "ispe":
			err = im.readSize(r, &content, 12, func(b []byte) (w, h uint32) { return binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]) })
			found = true
		case "av01":
			err = im.readSize(r, &content, 28, func(b []byte) (w, h uint32) {
				return uint32(binary.BigEndian.Uint16(b[24:])), uint32(binary.BigEndian.Uint16(b[26:]))
			})
			found = true
		}
		if err == nil && content < endless/2 {
			err = skip(r, content)
		} else if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it has more than %d boxes", ErrLimit, maxBoxes)
}

// readBoxHeader reads the header of a box (ISO/IEC 14496-12 §4.2). It returns io.EOF at
// the end of the file, and as the end of a box that has no length a large number.
func readBoxHeader(r *bufio.Reader) (kind string, content int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	kind = string(head[4:])
	size, header := uint64(binary.BigEndian.Uint32(head[:])), uint64(8)
	switch size {
	case 0:
		return kind, endless, nil
	case 1:
		var long [8]byte
		if _, err := io.ReadFull(r, long[:]); err != nil {
			return "", 0, err
		}
		size, header = binary.BigEndian.Uint64(long[:]), 16
	}
	if size < header || size > endless {
		return "", 0, errAVIF
	}
	return kind, int64(size - header), nil
}

// readSize reads the first n bytes of a box, in which size finds the size of an image, and
// sets it. It reduces content, the bytes of the box that are left.
func (im *Image) readSize(r *bufio.Reader, content *int64, n int64, size func([]byte) (w, h uint32)) error {
	if *content < n {
		return errAVIF
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	*content -= n
	w, h := size(b)
	if w == 0 || h == 0 {
		return nil // of no image
	}
	return im.setSize(int64(w), int64(h), image.Rect(0, 0, int(min(w, maxSide)), int(min(h, maxSide))))
}
