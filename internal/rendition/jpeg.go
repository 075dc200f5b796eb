package rendition

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
)

const (
	jpegTEM   = 0x01 // without a segment, as the restart marks and SOI are
	jpegSOF0  = 0xc0 // frame headers: baseline, extended, progressive
	jpegSOF1  = 0xc1
	jpegSOF2  = 0xc2
	jpegDHT   = 0xc4 // Huffman codes
	jpegDAC   = 0xcc // conditions of arithmetic codes
	jpegSOF15 = 0xcf
	jpegRST0  = 0xd0
	jpegRST7  = 0xd7
	jpegSOI   = 0xd8
	jpegEOI   = 0xd9
	jpegSOS   = 0xda
	jpegDQT   = 0xdb // quantization tables
	jpegDRI   = 0xdd // restart interval
	jpegAPP0  = 0xe0
	jpegAPP1  = 0xe1
	jpegAPP14 = 0xee

	maxScans   = 100           // of an image; programs write about 10
	maxSamples = 2_000_000_000 // decoded in all scans together
)

var errJPEG = errors.New("not a JPEG file")

// jpegHeader is the frame header of a JPEG (ITU-T T.81, B.2.2) with what the decoder
// does with it.
type jpegHeader struct {
	width, height int64
	components    []jpegComponent
	progressive   bool
	converted     bool // from RGB, if it has three components
	turned        bool // it has an orientation
	scans         int
	samples       int64 // decoded in all scans
	cut           bool  // the file ends before the end mark
}

type jpegComponent struct {
	id   byte
	h, v int64 // sampling factors
}

// inspectJPEG reads the segments before the first scan: the frame header, and the
// orientation from EXIF data.
func (im *Image) inspectJPEG(r *bufio.Reader) error {
	var soi [2]byte
	if _, err := io.ReadFull(r, soi[:]); err != nil {
		return err
	}
	if soi != [2]byte{0xff, jpegSOI} {
		return errJPEG
	}
	im.rest = r
	for im.jpeg.scans == 0 {
		marker, err := nextMarker(r)
		if err != nil {
			return err
		}
		if endsJPEG(marker) {
			return errJPEG
		}
		if err := im.readSegment(r, marker); err != nil {
			return err
		}
	}
	im.memory = im.jpeg.memory()
	return nil
}

// endsJPEG reports whether nothing of an image follows a mark: it is the end mark, or
// one that belongs to no image.
func endsJPEG(marker byte) bool {
	return marker == jpegEOI || marker == jpegSOI || marker < jpegSOF0
}

// checkScans reads the rest of a JPEG and counts its scans. A decoder decodes all
// blocks of the image in each of them, whatever few bytes it has.
func (im *Image) checkScans() error {
	for {
		marker, err := nextMarker(im.rest)
		if err == io.EOF || err == nil && endsJPEG(marker) {
			im.jpeg.cut = marker != jpegEOI
			return nil
		}
		if err == nil {
			err = im.readSegment(im.rest, marker)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil // the scans before it are complete
		}
		if err != nil {
			return err
		}
	}
}

// nextMarker returns the next marker that begins a segment, or the end mark. It
// finds them where the decoder does, which skips everything else.
func nextMarker(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.Peek(max(1, r.Buffered()))
		if err != nil {
			return 0, err
		}
		i := bytes.IndexByte(b, 0xff)
		if i < 0 {
			i = len(b) - 1
		}
		found := b[i] == 0xff
		if _, err := r.Discard(i + 1); err != nil {
			return 0, err
		}
		if !found {
			continue
		}
		marker := byte(0xff)
		for marker == 0xff {
			if marker, err = r.ReadByte(); err != nil {
				return 0, err
			}
		}
		if marker != 0 && marker != jpegTEM && (marker < jpegRST0 || marker > jpegRST7) { // not stuffed, has a segment
			return marker, nil
		}
	}
}

// segmentLength reads the length of a segment and returns how many bytes follow it.
// Decoders forgive a length that does not count itself.
func segmentLength(r io.Reader) (int64, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return 0, err
	}
	return max(0, int64(binary.BigEndian.Uint16(length[:]))-2), nil
}

// readSegment reads the segment of a marker. Metadata are skipped by their length.
func (im *Image) readSegment(r *bufio.Reader, marker byte) error {
	n, err := segmentLength(r)
	if err != nil {
		return err
	}
	switch {
	case isFrame(marker), marker == jpegSOS, marker == jpegAPP14 && im.jpeg.scans == 0:
		data := make([]byte, n)
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		return im.readSegmentData(marker, data)
	case marker == jpegAPP1 && im.jpeg.scans == 0 && !im.jpeg.turned:
		data := &io.LimitedReader{R: r, N: n}
		if name, err := r.Peek(int(min(n, int64(len(exifName))))); err == nil && string(name) == exifName {
			if im.orientation, err = orientation(data); err != nil {
				return err
			}
			im.jpeg.turned = im.orientation != 1
		}
		n = data.N
	}
	return skip(r, n)
}

// isFrame reports whether a marker begins a frame header, of a kind that is decoded or
// not.
func isFrame(marker byte) bool {
	return marker >= jpegSOF0 && marker <= jpegSOF15 && marker != jpegDHT && marker != jpegDAC && marker != 0xc8
}

func (im *Image) readSegmentData(marker byte, data []byte) error {
	switch marker {
	case jpegSOS:
		return im.jpeg.addScan(data)
	case jpegAPP14:
		if isAdobe(data) && data[11] == 0 { // no transform to luma and chroma
			im.jpeg.converted = true
		}
		return nil
	}
	return im.readJPEGFrame(data, marker)
}

// isAdobe reports whether the data of a segment APP14 tell how colors are stored.
func isAdobe(data []byte) bool { return bytes.HasPrefix(data, []byte("Adobe")) && len(data) >= 12 }

// readJPEGFrame reads a frame header.
func (im *Image) readJPEGFrame(data []byte, marker byte) error {
	const fixed = 6
	if im.jpeg.components != nil || len(data) < fixed {
		return errJPEG
	}
	h := &im.jpeg
	h.height, h.width = int64(binary.BigEndian.Uint16(data[1:])), int64(binary.BigEndian.Uint16(data[3:]))
	count := int(data[fixed-1])
	if len(data) != fixed+3*count || count == 0 {
		return errJPEG
	}
	h.progressive = marker == jpegSOF2
	if err := h.readComponents(data[fixed:]); err != nil {
		return err
	}
	switch {
	case marker > jpegSOF2:
		im.fault = errors.New("a JPEG that is not compressed by a discrete cosine transform and Huffman codes")
	case count != 1 && count != 3 && count != 4:
		im.fault = fmt.Errorf("a JPEG of %d components", count)
	}
	h.converted = h.converted || data[fixed] == 'R'
	return im.setSize(h.width, h.height, image.Rect(0, 0, int(h.width), int(h.height)))
}

func (h *jpegHeader) readComponents(data []byte) error {
	for c := data; len(c) > 0; c = c[3:] {
		component := jpegComponent{c[0], int64(c[1] >> 4), int64(c[1] & 15)}
		if component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4 {
			return errJPEG
		}
		h.components = append(h.components, component)
	}
	if len(h.components) == 1 {
		h.components[0].h, h.components[0].v = 1, 1
	}
	return nil
}

// memory returns the number of bytes that the decoder allocates: the samples of all
// blocks, their coefficients if the image is progressive, and a copy if it is
// converted.
func (h *jpegHeader) memory() int64 {
	samples := int64(0)
	for _, c := range h.components {
		samples += h.samplesOf(c)
	}
	const coefficient = 4
	if h.progressive {
		samples *= 1 + coefficient
	}
	if n := len(h.components); n == 4 || n == 3 && h.converted {
		samples += 4 * h.width * h.height
	}
	return samples
}

// samplesOf returns the number of samples of a component in whole blocks.
func (h *jpegHeader) samplesOf(c jpegComponent) int64 {
	const block = 8
	first := h.components[0]
	columns := (h.width + block*first.h - 1) / (block * first.h)
	rows := (h.height + block*first.v - 1) / (block * first.v)
	return columns * rows * c.h * c.v * block * block
}

// addScan adds a scan (ITU-T T.81, B.2.3). It returns ErrLimit if they are too many.
func (h *jpegHeader) addScan(data []byte) error {
	if len(h.components) == 0 || len(data) < 1 || len(data) < 1+2*int(data[0]) {
		return errJPEG
	}
	h.scans++
	for i := range int(data[0]) {
		for _, c := range h.components {
			if c.id == data[1+2*i] {
				h.samples += h.samplesOf(c)
			}
		}
	}
	if h.scans > maxScans {
		return fmt.Errorf("%w: it has more than %d scans", ErrLimit, maxScans)
	}
	if h.samples > maxSamples {
		return fmt.Errorf("%w: its scans have more than %d million samples", ErrLimit, maxSamples/1_000_000)
	}
	return nil
}
