package rendition

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// A WebP file (RFC 9649) consists of RIFF chunks. VP8X is the first chunk of an
// extended file.
const (
	riffLen      = 12 // "RIFF", size, "WEBP"
	frameLen     = 16 // header of a frame in the chunk ANMF
	flagAnimated = 0x02
	flagEXIF     = 0x08
	flagAlpha    = 0x10
	maxEXIF      = 1 << 20
)

var errWebP = errors.New("not a WebP file")

// inspectWebP reads the size of an image of size bytes and the memory that it needs.
// If the image has EXIF data, which come last, it reads rest up to them.
func (im *Image) inspectWebP(head []byte, rest io.Reader, size int64) (image.Config, error) {
	if len(head) < riffLen+18 || int64(binary.LittleEndian.Uint32(head[4:]))+8 > size+1 {
		return image.Config{}, errWebP // the decoder would rely on the size
	}
	im.perPixel, im.fixed = 12, size // lossless or with alpha; the decoder reads the whole file into memory
	switch string(head[riffLen : riffLen+4]) {
	case "VP8 ":
		im.perPixel = 3
	case "VP8X":
		flags := head[riffLen+8]
		if flags&flagEXIF != 0 {
			if err := im.readEXIF(io.MultiReader(bytes.NewReader(head), rest)); err != nil {
				return image.Config{}, err
			}
		}
		if flags&flagAnimated != 0 {
			canvas := head[riffLen+8+4:]
			return image.Config{Width: uint24(canvas) + 1, Height: uint24(canvas[3:]) + 1}, nil
		}
	}
	return webp.DecodeConfig(bytes.NewReader(head))
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// chunks calls visit for each RIFF chunk until visit returns false or an error. Data
// of a chunk that visit does not read are skipped. An incomplete chunk header ends
// the file.
func chunks(r io.Reader, visit func(name string, size int64, data io.Reader) (more bool, err error)) error {
	var header [8]byte
	for {
		if _, err := io.ReadFull(r, header[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		} else if err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint32(header[4:]))
		data := io.LimitReader(r, size+size&1)
		if more, err := visit(string(header[:4]), size, data); err != nil || !more {
			return err
		}
		if _, err := io.Copy(io.Discard, data); err != nil {
			return err
		}
	}
}

// readEXIF reads the orientation from the chunk EXIF.
func (im *Image) readEXIF(r io.Reader) error {
	if _, err := io.CopyN(io.Discard, r, riffLen); err != nil {
		return err
	}
	return chunks(r, func(name string, size int64, data io.Reader) (bool, error) {
		if name != "EXIF" || size > maxEXIF {
			return true, nil
		}
		text, err := io.ReadAll(data)
		im.orientation = orientation(bytes.TrimPrefix(text, []byte("Exif\x00\x00")))
		return false, err
	})
}

// firstFrame returns the first frame of an animation as a WebP file of its own, and
// its position. A still image is returned unchanged.
func firstFrame(r io.Reader) (still io.Reader, at image.Point, err error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(riffLen + 8 + 1)
	if err != nil {
		return nil, at, err
	}
	if string(head[riffLen:riffLen+4]) != "VP8X" || head[riffLen+8]&flagAnimated == 0 {
		return buffered, at, nil
	}
	if _, err := buffered.Discard(riffLen); err != nil {
		return nil, at, err
	}
	err = chunks(buffered, func(name string, size int64, data io.Reader) (bool, error) {
		if name != "ANMF" {
			return true, nil
		}
		var frame [frameLen]byte
		if _, err := io.ReadFull(data, frame[:]); err != nil || size < frameLen {
			return false, fmt.Errorf("the first frame: %w", errWebP)
		}
		at = image.Pt(2*uint24(frame[:]), 2*uint24(frame[3:]))
		still = asFile(frame[6:12], size-frameLen, data)
		return false, nil
	})
	if err == nil && still == nil {
		err = errWebP
	}
	return still, at, err
}

// asFile returns the chunks of a frame with the header of a WebP file. A frame with
// a chunk ALPH needs the header of an extended file.
func asFile(dimensions []byte, size int64, data io.Reader) io.Reader {
	buffered := bufio.NewReader(data)
	var header []byte
	if name, err := buffered.Peek(4); err == nil && string(name) == "ALPH" {
		header = append(header, "VP8X\x0a\x00\x00\x00"...)
		header = append(append(header, flagAlpha, 0, 0, 0), dimensions...)
	}
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(int64(len(header))+size+4)) //nolint:gosec // as the file had it
	file = append(append(file, "WEBP"...), header...)
	return io.MultiReader(bytes.NewReader(file), buffered)
}
