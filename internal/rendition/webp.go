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
// extended file. A frame is a chunk "VP8 " or VP8L, and before it a chunk ALPH if a
// lossy frame has transparency. The frames of an animation are within chunks ANMF.
const (
	riffLen      = 12 // "RIFF", size, "WEBP"
	frameLen     = 16 // header of a frame in the chunk ANMF
	flagAnimated = 0x02
	flagAlpha    = 0x10
)

var errWebP = errors.New("not a WebP file")

// webpFile is what is known of a WebP file that is being read.
type webpFile struct {
	canvas   image.Point // zero without the chunk VP8X
	flags    byte
	at       image.Point // of the first frame on the canvas
	declared image.Point // size of the first frame, by the chunk before it; zero without one
	size     image.Point // of the first frame, by its own header; zero until it is found
	lossless bool
	alphaLen int64 // bytes of the chunks
	imageLen int64
}

// inspectWebP reads the headers of the first frame of a file of size bytes. The
// orientation in EXIF data does not count: no browser turns a WebP by it.
func (im *Image) inspectWebP(r *bufio.Reader, size int64) error {
	f := &webpFile{}
	length, err := readRIFF(r)
	if err != nil {
		return err
	}
	if length+8 > size+1 {
		return errWebP
	}
	err = chunks(r, length-4, func(c chunk) (more bool, err error) { return f.visit(c, f.inspectFrame) })
	switch {
	case err != nil:
		return err
	case f.size == image.Point{}:
		return errWebP
	case f.canvas == image.Point{}:
		f.canvas = f.size
	}
	if f.declared != (image.Point{}) && f.size != f.declared {
		im.fault = fmt.Errorf("a frame has %v pixels and declares %v", f.size, f.declared)
	}
	im.memory = f.memory()
	return im.setSize(int64(f.canvas.X), int64(f.canvas.Y), image.Rectangle{Max: f.size}.Add(f.at))
}

// readRIFF reads the header of a file and returns the length that it declares.
func readRIFF(r io.Reader) (int64, error) {
	var head [riffLen]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, err
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" {
		return 0, errWebP
	}
	return int64(binary.LittleEndian.Uint32(head[4:])), nil
}

// chunk is a RIFF chunk, whose data can be read.
type chunk struct {
	io.Reader
	name string
	size int64
}

// chunks calls visit for each of the chunks in the next length bytes, until visit
// returns false or an error. Data of a chunk that visit does not read are skipped. An
// incomplete chunk header ends the file, and so does the end of the length. A chunk
// that is longer than the rest of the length is an error.
func chunks(r io.Reader, length int64, visit func(chunk) (more bool, err error)) error {
	var header [8]byte
	for length >= int64(len(header)) {
		if _, err := io.ReadFull(r, header[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		} else if err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint32(header[4:]))
		if length -= int64(len(header)) + size; length < 0 {
			return errWebP
		}
		padded := size&1 != 0 && length > 0
		if padded {
			length--
		}
		data := io.LimitReader(r, size)
		if more, err := visit(chunk{data, string(header[:4]), size}); err != nil || !more {
			return err
		}
		if _, err := io.Copy(io.Discard, data); err != nil {
			return err
		}
		if padded {
			if _, err := io.CopyN(io.Discard, r, 1); err != nil && err != io.EOF {
				return err
			}
		}
	}
	return nil
}

// visit reads a chunk of the file. It calls frame for the chunks of the first frame,
// until frame returns false.
func (f *webpFile) visit(c chunk, frame func(chunk) (more bool, err error)) (more bool, err error) {
	switch {
	case c.name == "VP8X":
		return true, f.readExtended(c)
	case f.flags&flagAnimated == 0:
		return frame(c)
	case c.name != "ANMF":
		return true, nil
	}
	var head [frameLen]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return false, fmt.Errorf("the first frame: %w", errWebP)
	}
	f.at = image.Pt(2*uint24(head[:]), 2*uint24(head[3:]))
	f.declared = image.Pt(uint24(head[6:])+1, uint24(head[9:])+1)
	return false, chunks(c, c.size-frameLen, frame)
}

// readExtended reads the chunk VP8X.
func (f *webpFile) readExtended(c chunk) error {
	var head [10]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || f.canvas != (image.Point{}) {
		return errWebP
	}
	f.flags = head[0]
	f.canvas = image.Pt(uint24(head[4:])+1, uint24(head[7:])+1)
	f.declared = f.canvas
	return nil
}

// inspectFrame reads the header of a chunk of a frame. It returns false for the last
// one.
func (f *webpFile) inspectFrame(c chunk) (more bool, err error) {
	switch c.name {
	case "ALPH":
		f.alphaLen = c.size
		return true, nil
	case "VP8 ":
		var head [10]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return false, err
		}
		if head[0]&1 != 0 || string(head[3:6]) != "\x9d\x01\x2a" {
			return false, errWebP
		}
		f.size = image.Pt(uint16LE(head[6:])&0x3fff, uint16LE(head[8:])&0x3fff)
	case "VP8L":
		var head [5]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return false, err
		}
		bits := binary.LittleEndian.Uint32(head[1:])
		f.size = image.Pt(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)
		f.lossless = true
	default:
		return true, nil
	}
	f.imageLen = c.size
	if f.size.X == 0 || f.size.Y == 0 {
		return false, errWebP
	}
	return false, nil
}

// memory returns the number of bytes that decoding the first frame allocates. The
// compressed data are in memory too.
func (f *webpFile) memory() int64 {
	pixels := int64(f.size.X) * int64(f.size.Y)
	memory := f.imageLen + f.alphaLen
	if f.lossless {
		return memory + losslessMemory(pixels, f.imageLen)
	}
	const macroblock, perMacroblock = 16, 256 + 2*64 + 4 // luma, chroma, parameters of a filter
	columns, rows := int64(f.size.X+macroblock-1)/macroblock, int64(f.size.Y+macroblock-1)/macroblock
	memory += columns*rows*perMacroblock + 8*columns
	if f.alphaLen > 0 {
		memory += pixels + losslessMemory(pixels, f.alphaLen) // it may be compressed as a lossless image
	}
	return memory
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// decodeWebP decodes the first frame of a file that was inspected.
func decodeWebP(r io.Reader) (decoded image.Image, err error) {
	buffered := bufio.NewReaderSize(r, 32<<10)
	length, err := readRIFF(buffered)
	if err != nil {
		return nil, err
	}
	f := &webpFile{}
	var alpha []byte
	decode := func(c chunk) (more bool, err error) {
		switch c.name {
		case "ALPH":
			alpha, err = readWhole(c)
		case "VP8 ":
			decoded, err = decodeLossy(c, alpha, f.declared)
		case "VP8L":
			decoded, err = decodeLossless(c)
		}
		return decoded == nil, err
	}
	err = chunks(buffered, length-4, func(c chunk) (more bool, err error) { return f.visit(c, decode) })
	if err == nil && decoded == nil {
		err = errWebP
	}
	return decoded, err
}

func readWhole(c chunk) ([]byte, error) {
	data := make([]byte, c.size) // no larger than the file
	_, err := io.ReadFull(c, data)
	return data, err
}

// decodeLossy decodes a chunk "VP8 " with the data of a chunk ALPH, if any, as a file
// of its own.
func decodeLossy(c chunk, alpha []byte, size image.Point) (image.Image, error) {
	var header []byte
	if len(alpha) > 0 {
		if alpha[0]&3 == 1 { // compressed as a lossless image without its header
			if err := checkTrees(bytes.NewReader(alpha[1:]), size); err != nil {
				return nil, err
			}
		}
		header = appendChunkHeader(header, "VP8X", 10)
		header = append(header, flagAlpha, 0, 0, 0, byte(size.X-1), byte((size.X-1)>>8), byte((size.X-1)>>16), byte(size.Y-1), byte((size.Y-1)>>8), byte((size.Y-1)>>16))
		header = append(appendChunkHeader(header, "ALPH", int64(len(alpha))), alpha...)
		header = append(header, make([]byte, len(alpha)%2)...)
	}
	return decodeFile(header, c, c)
}

// decodeLossless decodes a chunk VP8L.
func decodeLossless(c chunk) (image.Image, error) {
	var read bytes.Buffer
	r := bufio.NewReader(io.TeeReader(c, &read))
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	bits := binary.LittleEndian.Uint32(head[1:])
	if err := checkTrees(r, image.Pt(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1)); err != nil {
		return nil, err
	}
	return decodeFile(nil, c, io.MultiReader(&read, c))
}

// decodeFile decodes a file of chunks and a chunk c, whose data are read from data.
func decodeFile(before []byte, c chunk, data io.Reader) (image.Image, error) {
	const header = 8
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+int64(len(before))+header+c.size)) //nolint:gosec // no larger than the file
	file = append(append(file, "WEBP"...), before...)
	file = appendChunkHeader(file, c.name, c.size)
	return webp.Decode(io.MultiReader(bytes.NewReader(file), data))
}

func appendChunkHeader(b []byte, name string, size int64) []byte {
	return binary.LittleEndian.AppendUint32(append(b, name...), uint32(size)) //nolint:gosec // as the file had it
}
