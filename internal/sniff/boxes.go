package sniff

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
)

const (
	maxBoxes     = 64       // that are looked at, from the first one on
	maxBrands    = 64       // of a file
	boxHeaderLen = 16       // bytes, with the long size
	maxMovie     = 64 << 10 // bytes of a moov box that are looked at
)

// box is the header of a box (ISO/IEC 14496-12 §4.2). QuickTime calls it an atom.
type box struct {
	kind   string
	header int64 // bytes
	size   int64 // bytes, with the header
}

// parseBox reads the header of the box that b begins with. ok is false if there is
// no such header. The size of a box that goes on to the end of the file is MaxInt64.
func parseBox(b []byte) (x box, ok bool) {
	if len(b) < 8 {
		return box{}, false
	}
	x = box{kind: string(b[4:8]), header: 8, size: int64(binary.BigEndian.Uint32(b))}
	switch x.size {
	case 0:
		x.size = math.MaxInt64
	case 1:
		if len(b) < boxHeaderLen {
			return box{}, false
		}
		x.header = boxHeaderLen
		x.size = int64(min(binary.BigEndian.Uint64(b[8:]), math.MaxInt64))
	}
	return x, x.size >= x.header
}

// startsBoxes reports whether head begins with a box that an ISO base media file or
// a QuickTime file may begin with.
func startsBoxes(head []byte) bool {
	first, ok := parseBox(head)
	if !ok {
		return false
	}
	switch first.kind {
	case "ftyp", "free", "skip", "wide", "pnot", "mdat", "moov", "uuid", "pdin", "meta", "udta", "PICT":
		return true
	}
	return false
}

// movie is what the boxes of a file tell about its format.
type movie struct {
	brands    []string // the major brand first; nil: there is no ftyp box
	moov      bool     // there is a moov box
	quickTime bool     // its handlers are those of QuickTime
}

// readBoxes reads the headers of the outermost boxes, up to the first ftyp box.
// Whatever the file says, it reads at most maxBoxes headers and maxMovie bytes of a
// moov box.
func readBoxes(r io.ReaderAt, size int64) (movie, error) {
	var m movie
	offset := int64(0)
	for range maxBoxes {
		header, err := readRange(r, offset, boxHeaderLen, size)
		if err != nil {
			return m, err
		}
		x, ok := parseBox(header)
		if !ok {
			break
		}
		content := min(x.size, size-offset) - x.header
		switch {
		case x.kind == "ftyp":
			b, err := readRange(r, offset+x.header, min(content, 4*maxBrands), size)
			m.brands = brandsOf(b)
			return m, err
		case x.kind == "moov" && !m.moov:
			b, err := readRange(r, offset+x.header, min(content, maxMovie), size)
			if err != nil {
				return m, err
			}
			m.moov, m.quickTime = true, isQuickTimeMovie(b)
		}
		if x.size >= size-offset {
			break
		}
		offset += x.size
	}
	return m, nil
}

// brandsOf returns the brands in the content of an ftyp box: the major one, then,
// after a version, the compatible ones.
func brandsOf(b []byte) []string {
	var list []string
	for i := 0; i+4 <= len(b); i += 4 {
		if i != 4 {
			list = append(list, string(b[i:i+4]))
		}
	}
	return list
}

// isQuickTimeMovie reports whether a moov box is one of QuickTime: its media handlers
// have a component type where ISO/IEC 14496-12 has zeros, or it is compressed.
func isQuickTimeMovie(moov []byte) bool {
	return bytes.Contains(moov, []byte("hdlr\x00\x00\x00\x00mhlr")) || bytes.HasPrefix(moov[min(4, len(moov)):], []byte("cmov"))
}

// readRange reads n bytes from offset, or fewer where size ends. It reads none before
// the beginning.
func readRange(r io.ReaderAt, offset, n, size int64) ([]byte, error) {
	n = min(n, size-offset)
	if offset < 0 || n <= 0 {
		return nil, nil
	}
	b := make([]byte, n)
	read, err := r.ReadAt(b, offset)
	if read == len(b) {
		err = nil
	}
	return b, err
}

// mediaTypes returns the media type of the file, and the other one that it may be
// declared as, if there is one. Without an ftyp box a file is as one of the brand
// mp41 (ISO/IEC 14496-12 §4.3.1) or of QuickTime. A brand that is not known is one
// of an MP4.
func (m movie) mediaTypes() (is, also string) {
	switch {
	case m.brands != nil:
		return typesOfBrands(m.brands)
	case m.quickTime:
		return quickTime, mp4
	case m.moov:
		return mp4, quickTime
	}
	return octetStream, ""
}

// typesOfBrands is mediaTypes by the brands, the major one first.
func typesOfBrands(brands []string) (is, also string) {
	is = typeOfBrand(brands[0])
	has := func(brand string) bool { return slices.Contains(brands, brand) }
	switch {
	case (is == heif || is == "image/heif-sequence") && (has("avif") || has("avis")):
		return avif, ""
	case is == heif && (has("heic") || has("heix")):
		return "image/heic", ""
	case is == quickTime && slices.ContainsFunc(brands[1:], isBaseBrand):
		return quickTime, mp4
	case is == mp4 && has("qt  "):
		return mp4, quickTime
	}
	return is, ""
}
