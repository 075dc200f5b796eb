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
	jpegSOF0  = 0xc0 // frame headers: baseline, extended, progressive
	jpegSOF1  = 0xc1
	jpegSOF2  = 0xc2
	jpegSOI   = 0xd8
	jpegEOI   = 0xd9
	jpegSOS   = 0xda
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
	scans         int
	samples       int64 // decoded in all scans
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
	for {
		marker, err := nextMarker(r)
		switch {
		case err == io.EOF && im.jpeg.components != nil:
			return nil // the decoder reports it
		case err != nil:
			return err
		case marker == jpegEOI:
			return errJPEG
		}
		if err := im.readSegment(r, marker); err != nil {
			return err
		}
		if marker == jpegSOS {
			return nil
		}
	}
}

// checkScans reads the rest of a JPEG and counts its scans. A decoder decodes all
// blocks of the image in each of them, whatever few bytes it has.
func (im *Image) checkScans() error {
	for {
		marker, err := nextMarker(im.rest)
		if err == io.EOF || err == nil && marker == jpegEOI {
			im.memory = im.jpeg.memory()
			return nil
		}
		if err != nil {
			return err
		}
		if err := im.readSegment(im.rest, marker); err != nil {
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
		if marker != 0 && (marker < 0xd0 || marker > 0xd7) { // not stuffed, no restart
			return marker, nil
		}
	}
}

// readSegment reads the segment of a marker.
func (im *Image) readSegment(r *bufio.Reader, marker byte) error {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := int64(binary.BigEndian.Uint16(length[:])) - 2
	if n < 0 {
		return errJPEG
	}
	switch marker {
	case jpegSOF0, jpegSOF1, jpegSOF2, jpegSOS, jpegAPP1, jpegAPP14:
		data, err := readPrefix(r, n)
		if err != nil {
			return err
		}
		return im.readSegmentData(marker, data)
	}
	return skip(r, n)
}

func (im *Image) readSegmentData(marker byte, data []byte) error {
	switch marker {
	case jpegSOS:
		return im.jpeg.addScan(data)
	case jpegAPP14:
		if bytes.HasPrefix(data, []byte("Adobe")) && len(data) >= 12 && data[11] == 0 { // no transform to luma and chroma
			im.jpeg.converted = true
		}
	case jpegAPP1:
		if bytes.HasPrefix(data, []byte("Exif\x00\x00")) {
			im.orientation = orientation(data[6:])
		}
	default:
		return im.readJPEGFrame(data, marker == jpegSOF2)
	}
	return nil
}

// readJPEGFrame reads a frame header.
func (im *Image) readJPEGFrame(data []byte, progressive bool) error {
	const fixed = 6
	if im.jpeg.components != nil || len(data) < fixed {
		return errJPEG
	}
	count := int(data[fixed-1])
	if count != 1 && count != 3 && count != 4 || len(data) != fixed+3*count {
		return fmt.Errorf("a JPEG of %d components", count)
	}
	h := &im.jpeg
	h.height, h.width = int64(binary.BigEndian.Uint16(data[1:])), int64(binary.BigEndian.Uint16(data[3:]))
	h.progressive = progressive
	for c := data[fixed:]; len(c) > 0; c = c[3:] {
		component := jpegComponent{c[0], int64(c[1] >> 4), int64(c[1] & 15)}
		if component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4 {
			return errJPEG
		}
		if count == 1 {
			component.h, component.v = 1, 1
		}
		h.components = append(h.components, component)
	}
	h.converted = h.converted || data[fixed] == 'R'
	im.memory = h.memory()
	return im.setSize(h.width, h.height, image.Rect(0, 0, int(h.width), int(h.height)))
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

// addScan adds a scan (ITU-T T.81, B.2.3). It returns ErrUnsupported if they are too
// many.
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
		return fmt.Errorf("%w: it has more than %d scans", ErrUnsupported, maxScans)
	}
	if h.samples > maxSamples {
		return fmt.Errorf("%w: its scans have more than %d million samples", ErrUnsupported, maxSamples/1_000_000)
	}
	return nil
}
