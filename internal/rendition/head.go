package rendition

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// inspectPNG reads the memory per pixel from the header (PNG, third edition,
// §11.2.1) and the orientation from the chunk eXIf, which precedes the first IDAT.
func (im *Image) inspectPNG(head []byte) {
	const ihdr = 8 + 8 // signature, then the length and type of the first chunk
	if len(head) < ihdr+13 {
		return
	}
	depth, kind, interlaced := head[ihdr+8], head[ihdr+9], head[ihdr+12] != 0
	im.perPixel = 4
	switch {
	case kind == 3, kind == 0 && depth <= 8: // palette, grey
		im.perPixel = 1
	case depth == 16:
		im.perPixel = 8
	}
	for chunk := head[8:]; len(chunk) >= 12; {
		n, name := int(binary.BigEndian.Uint32(chunk)), string(chunk[4:8])
		if n < 0 || n > len(chunk)-12 || name == "IDAT" {
			break
		}
		switch data := chunk[8 : 8+n]; {
		case name == "eXIf":
			im.orientation = orientation(data)
		case name == "tRNS" && kind == 0: // grey becomes colour with alpha
			im.perPixel = max(im.perPixel, 4*float64(max(1, depth/8)))
		}
		chunk = chunk[12+n:]
	}
	if interlaced {
		im.perPixel *= 1.5 // the last pass is decoded on its own: half of the image
	}
}

// inspectJPEG reads the memory per pixel from the frame header (ITU-T T.81, B.2.2)
// and the orientation from the EXIF segment before it. A progressive image needs
// more memory, because it is decoded to coefficients first.
func (im *Image) inspectJPEG(head []byte) {
	im.perPixel = maxPerPixel
	converted := 0.0 // bytes of a pixel that is converted to RGB
	for marker, data := range segments(head) {
		switch {
		case marker == 0xe1 && bytes.HasPrefix(data, []byte("Exif\x00\x00")):
			im.orientation = orientation(data[6:])
		case marker == 0xee && len(data) >= 12 && data[11] == 0: // Adobe's: no transform to luma and chroma
			converted = 4
		case marker >= 0xc0 && marker <= 0xc2:
			im.perPixel = samples(data, marker == 0xc2) + converted
		}
	}
}

// segments yields the marker and data of the segments of a JPEG before the first
// scan. It skips the same malformed bytes as the decoder.
func segments(b []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for {
			i := bytes.IndexByte(b, 0xff)
			if i < 0 || len(b) < i+4 {
				return
			}
			marker, rest := b[i+1], b[i+2:]
			switch n := int(binary.BigEndian.Uint16(rest)); {
			case marker == 0xff: // fill
				b = b[i+1:]
			case marker <= 1, marker >= 0xd0 && marker <= 0xd9: // no segment
				b = rest
			case marker == 0xda, n < 2, n > len(rest), !yield(marker, rest[2:n]): // the scan
				return
			default:
				b = rest[n:]
			}
		}
	}
}

// maxPerPixel is the maximum memory per pixel of any JPEG in bytes.
const maxPerPixel = 28

// samples returns the memory per pixel in bytes for the components of a frame
// header.
func samples(frame []byte, progressive bool) float64 {
	const fixed = 6
	if len(frame) < fixed || len(frame) < fixed+3*int(frame[fixed-1]) {
		return maxPerPixel
	}
	count, components := int(frame[fixed-1]), frame[fixed:]
	sum, largest := 0.0, 1.0
	for i := range count {
		h, v := float64(components[3*i+1]>>4), float64(components[3*i+1]&15)
		sum, largest = sum+h*v, max(largest, h*v)
	}
	n := max(1, sum/largest) + 0.25 // whole blocks, at the edges
	if progressive {
		n *= 1 + 4
	}
	if count == 4 || count == 3 && components[0] == 'R' {
		n += 4 // converted
	}
	return n
}
