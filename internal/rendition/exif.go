package rendition

import (
	"bytes"
	"encoding/binary"
	"io"
)

// orientation returns the tag Orientation (EXIF 2.32, §4.6.4) of EXIF data, which
// are a TIFF file, perhaps behind the name that a JPEG gives them. It returns 1 if the
// tag is absent or invalid. It holds nothing but one entry of the directory, wherever
// in the data that lies. The error is one of r, other than its end.
func orientation(r io.Reader) (int, error) {
	n, err := readOrientation(r)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if n < 1 || n > 8 {
		n = 1
	}
	return n, err
}

func readOrientation(r io.Reader) (int, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, err
	}
	if bytes.HasPrefix(head[:], []byte(exifName)) {
		copy(head[:], head[len(exifName)+1:])
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return 0, err
		}
	}
	var order binary.ByteOrder
	switch string(head[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0, nil
	}
	at := int64(order.Uint32(head[4:]))
	if at < int64(len(head)) {
		return 0, nil
	}
	if _, err := io.CopyN(io.Discard, r, at-int64(len(head))); err != nil {
		return 0, err
	}
	var count [2]byte
	if _, err := io.ReadFull(r, count[:]); err != nil {
		return 0, err
	}
	const tagOrientation, typeShort = 0x0112, 3
	for range order.Uint16(count[:]) {
		var entry [12]byte
		if _, err := io.ReadFull(r, entry[:]); err != nil {
			return 0, err
		}
		if order.Uint16(entry[:]) == tagOrientation && order.Uint16(entry[2:]) == typeShort {
			return int(order.Uint16(entry[8:])), nil
		}
	}
	return 0, nil
}

// exifName begins the EXIF data of a JPEG. A byte of padding follows it.
const exifName = "Exif\x00"
