package rendition

import (
	"bufio"
	"encoding/binary"
	"image"
	"image/jpeg"
	"io"
)

// decodeJPEG decodes a JPEG. Of one that was cut it decodes what browsers show: the
// scans that are complete, or of the first scan the rows that are.
func (im Image) decodeJPEG(r io.ReadSeeker) (image.Image, error) {
	const maxInt = 1 << 30
	decoded, err := jpeg.Decode(newJPEGReader(r, im.jpeg, 0, maxInt))
	if err == nil || !im.jpeg.cut {
		return decoded, err
	}
	rows, scans := int64(0), im.jpeg.scans-1
	if scans == 0 {
		if err := im.again(r); err != nil {
			return nil, err
		}
		rows = completeRows(newJPEGReader(r, im.jpeg, 0, 1), im.jpeg)
		if rows == 0 || rows >= im.jpeg.height {
			return nil, err
		}
		scans = 1
	}
	if err := im.again(r); err != nil {
		return nil, err
	}
	return jpeg.Decode(newJPEGReader(r, im.jpeg, rows, scans))
}

// completeRows returns the number of rows of pixels that the first scan of a JPEG has.
// It reads the codes of the blocks without decoding what they mean. It returns 0 for a
// scan that does not have all components.
func completeRows(r io.Reader, frame jpegHeader) int64 {
	s := jpegScan{r: bufio.NewReader(r), frame: frame}
	for {
		marker, data, err := nextTable(s.r)
		if err != nil {
			return 0
		}
		switch marker {
		case jpegDHT:
			s.readCodes(data)
		case jpegDRI:
			if len(data) == 2 {
				s.interval = int64(binary.BigEndian.Uint16(data))
			}
		case jpegSOS:
			if len(data) < 1+2*len(frame.components) || int(data[0]) != len(frame.components) {
				return 0
			}
			return s.rows(data[1:])
		case jpegEOI: // of the reader
			return 0
		}
	}
}

// jpegScan reads the data of a scan (ITU-T T.81, F.2).
type jpegScan struct {
	r        *bufio.Reader
	frame    jpegHeader
	codes    [2][4]jpegCode // of DC and AC coefficients
	interval int64          // units between restart marks; 0: none
	bits     uint
	n        int // bits that are left
}

// jpegCode is a canonical Huffman code.
type jpegCode struct {
	counts  [16]int // of the symbols by length
	symbols []byte
}

// readCodes reads the codes of a segment DHT (ITU-T T.81, B.2.4.2).
func (s *jpegScan) readCodes(data []byte) {
	const header = 17
	for len(data) >= header {
		class, id := data[0]>>4, data[0]&15
		var c jpegCode
		total := 0
		for i, n := range data[1:header] {
			c.counts[i] = int(n)
			total += int(n)
		}
		if data = data[header:]; class > 1 || id > 3 || total > len(data) {
			return
		}
		c.symbols, data = data[:total], data[total:]
		s.codes[class][id] = c
	}
}

// rows returns the number of rows of pixels whose units are all there. selectors has
// the components of the scan and their codes.
func (s *jpegScan) rows(selectors []byte) int64 {
	const block = 8
	first := s.frame.components[0]
	columns, height := (s.frame.width+block*first.h-1)/(block*first.h), block*first.v
	units := columns * ((s.frame.height + height - 1) / height)
	for unit := range units {
		if s.interval > 0 && unit > 0 && unit%s.interval == 0 && !s.restart() {
			return unit / columns * height
		}
		for i, c := range s.frame.components {
			if selectors[2*i] != c.id {
				return 0
			}
			codes := selectors[2*i+1]
			for range c.h * c.v {
				if !s.block(codes>>4&3, codes&3) {
					return unit / columns * height
				}
			}
		}
	}
	return s.frame.height
}

// restart reads a restart mark.
func (s *jpegScan) restart() bool {
	s.bits, s.n = 0, 0
	mark, err := s.r.Peek(2)
	if err != nil || mark[0] != 0xff || mark[1] < jpegRST0 || mark[1] > jpegRST7 {
		return false
	}
	_, err = s.r.Discard(2)
	return err == nil
}

// block reads a block. It reports false if the data end, or have no such code.
func (s *jpegScan) block(dc, ac byte) bool {
	size, ok := s.symbol(&s.codes[0][dc])
	if !ok || !s.skip(int(size)) {
		return false
	}
	if s.frame.progressive {
		return true
	}
	for at := 1; at < 64; at++ {
		symbol, ok := s.symbol(&s.codes[1][ac])
		if !ok || !s.skip(int(symbol&15)) {
			return false
		}
		const sixteenZeros = 0xf0
		if symbol&15 == 0 && symbol != sixteenZeros {
			return true // the end of the block
		}
		at += int(symbol >> 4)
	}
	return true
}

// symbol reads a symbol.
func (s *jpegScan) symbol(c *jpegCode) (byte, bool) {
	code, first, index := 0, 0, 0
	for _, count := range c.counts {
		if s.n == 0 && !s.fill() {
			return 0, false
		}
		s.n--
		code |= int(s.bits >> s.n & 1) //nolint:gosec // a bit
		if code-first < count {
			return c.symbols[index+code-first], true
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, false
}

func (s *jpegScan) skip(n int) bool {
	for n > s.n {
		n -= s.n
		if !s.fill() {
			return false
		}
	}
	s.n -= n
	return true
}

// fill reads a byte. It reports false at a mark and at the end.
func (s *jpegScan) fill() bool {
	b, err := s.r.ReadByte()
	if err != nil {
		return false
	}
	if b == 0xff {
		if stuffed, err := s.r.ReadByte(); err != nil || stuffed != 0 {
			return false
		}
	}
	s.bits, s.n = uint(b), 8
	return true
}
