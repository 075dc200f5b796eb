package rendition

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"
)

// jpegReader returns what a decoder needs of a JPEG, in a form that image/jpeg accepts
// although the file has faults that browsers and libjpeg forgive: it leaves out
// metadata and marks without meaning, adds the Huffman codes that a frame of a video
// does not define and the segment that tells how colors in CMYK are stored, and ends
// with an end mark.
type jpegReader struct {
	src   *bufio.Reader
	frame jpegHeader // as inspected
	rows  int64      // of the picture, instead of those of the frame, if it is positive
	scans int        // that are returned at most

	pending []byte // is returned next
	inScan  bool   // src is within the data of a scan
	begun   bool   // a scan has begun
	adobe   bool   // a segment tells how colors are stored
	ended   bool
	err     error
}

func newJPEGReader(r io.Reader, frame jpegHeader, rows int64, scans int) *jpegReader {
	j := &jpegReader{src: bufio.NewReaderSize(r, 32<<10), frame: frame, rows: rows, scans: scans, pending: jpegStart()}
	_, j.err = j.src.Discard(2) // the start mark
	return j
}

// jpegStart returns the beginning of a JPEG with the Huffman codes of ITU-T T.81, K.3,
// which are those of a file that defines none.
func jpegStart() []byte {
	var out bytes.Buffer
	start := []byte{0xff, jpegSOI}
	if err := jpeg.Encode(&out, image.NewYCbCr(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio444), nil); err != nil {
		return start
	}
	r := bufio.NewReader(bytes.NewReader(out.Bytes()[2:]))
	for {
		marker, data, err := nextTable(r)
		if err != nil || marker == jpegSOS {
			return start
		}
		if marker == jpegDHT {
			start = appendSegment(start, marker, data)
		}
	}
}

// nextTable reads the next segment that tells how an image is decoded, or the end. It
// skips metadata.
func nextTable(r *bufio.Reader) (marker byte, data []byte, err error) {
	for {
		if marker, err = nextMarker(r); err != nil || endsJPEG(marker) {
			return marker, nil, err
		}
		n, err := segmentLength(r)
		if err != nil {
			return 0, nil, err
		}
		switch marker {
		case jpegSOS, jpegDQT, jpegDHT, jpegDRI, jpegAPP0, jpegAPP14:
		default:
			if isFrame(marker) {
				break
			}
			if err := skip(r, n); err != nil {
				return 0, nil, err
			}
			continue
		}
		data = make([]byte, n)
		_, err = io.ReadFull(r, data)
		return marker, data, err
	}
}

func appendSegment(b []byte, marker byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(append(b, 0xff, marker), uint16(len(data)+2)), data...) //nolint:gosec // as it was read
}

// Read implements io.Reader.
func (j *jpegReader) Read(p []byte) (int, error) {
	for len(j.pending) == 0 && j.err == nil {
		if j.inScan {
			j.err = j.readScan()
		} else {
			j.err = j.readSegment()
		}
	}
	if len(j.pending) == 0 && (j.err == io.EOF || j.err == io.ErrUnexpectedEOF) && !j.ended {
		j.pending, j.ended = []byte{0xff, jpegEOI}, true
	}
	if len(j.pending) == 0 {
		return 0, j.err
	}
	n := copy(p, j.pending)
	j.pending = j.pending[n:]
	return n, nil
}

// readScan reads data of a scan, up to the next mark that is not part of them.
func (j *jpegReader) readScan() error {
	b, err := j.src.Peek(max(1, j.src.Buffered()))
	if err != nil {
		return err
	}
	n := bytes.IndexByte(b, 0xff)
	if n < 0 {
		n = len(b)
	}
	if n == 0 {
		if b, err = j.src.Peek(2); err != nil {
			return err
		}
		n = 2
		if b[1] != 0 && (b[1] < jpegRST0 || b[1] > jpegRST7) {
			j.inScan = false
			return nil
		}
	}
	j.pending = append(j.pending[:0], b[:n]...)
	_, err = j.src.Discard(n)
	return err
}

// readSegment reads the next segment.
func (j *jpegReader) readSegment() error {
	marker, data, err := nextTable(j.src)
	if err != nil {
		return err
	}
	switch {
	case endsJPEG(marker), marker == jpegSOS && j.scans == 0:
		return io.EOF
	case marker == jpegSOS:
		j.beginScan()
	case isFrame(marker):
		if marker == jpegSOF0 {
			marker = jpegSOF1 // the same, but for the number of codes that it may use
		}
		if j.rows > 0 && len(data) > 2 {
			binary.BigEndian.PutUint16(data[1:], uint16(j.rows)) //nolint:gosec // at most as many as there were
		}
	case !j.keeps(marker, data):
		return nil
	}
	j.pending = appendSegment(j.pending, marker, data)
	return nil
}

func (j *jpegReader) beginScan() {
	if !j.begun && len(j.frame.components) == 4 && !j.adobe {
		const data = "Adobe\x00\x64\x00\x00\x00\x00\x00" // no transform
		j.pending = appendSegment(nil, jpegAPP14, []byte(data))
	}
	j.scans--
	j.inScan, j.begun = true, true
}

// keeps reports whether a decoder needs a segment: tables, and before the first scan
// those that tell how colors are stored.
func (j *jpegReader) keeps(marker byte, data []byte) bool {
	switch marker {
	case jpegDQT, jpegDHT, jpegDRI:
		return true
	case jpegAPP0:
		return bytes.HasPrefix(data, []byte("JFIF\x00")) && !j.begun
	case jpegAPP14:
		if isAdobe(data) && !j.begun {
			j.adobe = true
			return true
		}
	}
	return false
}
