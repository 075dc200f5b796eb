package rendition

import (
	"compress/zlib"
	"encoding/binary"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
)

// pngInflater returns a PNG whose pixels are not compressed. Of pixels that are too
// many it returns as many as there must be. If they end too early or are damaged, it
// returns zeros for the rest.
type pngInflater struct {
	src  *pngReader
	size int64 // bytes of all rows
	read int64 // bytes that were there

	sent    int64
	sum     hash.Hash32 // of what was sent
	pixels  io.Reader   // nil when there are no more
	chunk   []byte
	pending []byte // of the chunk, is returned next
	ended   bool
	err     error
}

func newPNGInflater(src *pngReader) *pngInflater {
	p := &pngInflater{src: src, size: src.header.size(), sum: adler32.New()}
	for src.err == nil && !src.begun {
		p.pending = append(p.pending, src.pending...)
		src.pending = nil
		src.err = src.next()
	}
	src.pending = nil
	if p.err = src.err; p.err != nil {
		return p
	}
	if pixels, err := zlib.NewReader(readerFunc(src.readPixels)); err == nil {
		p.pixels = pixels
	}
	return p
}

// readPixels reads compressed data of the chunks IDAT, without their checksums.
func (p *pngReader) readPixels(b []byte) (int, error) {
	for p.left <= pngChecksum && p.err == nil {
		p.err = skip(p.src, p.left)
		if p.left = 0; p.err == nil {
			p.err = p.next()
		}
	}
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.src.Read(b[:min(int64(len(b)), p.left-pngChecksum)])
	p.left -= int64(n)
	p.err = err
	return n, err
}

// Read implements io.Reader.
func (p *pngInflater) Read(b []byte) (int, error) {
	for len(p.pending) == 0 && p.err == nil {
		p.err = p.next()
	}
	if len(p.pending) == 0 {
		return 0, p.err
	}
	n := copy(b, p.pending)
	p.pending = p.pending[n:]
	return n, nil
}

// next makes the next chunk: one IDAT for each block of the compressed data (RFC 1951,
// §3.2.4), or the end.
func (p *pngInflater) next() error {
	const maxBlock = 32 << 10
	if p.ended {
		return io.EOF
	}
	length := min(maxBlock, p.size-p.sent)
	chunk := p.chunk[:0]
	chunk = append(chunk, "\x00\x00\x00\x00IDAT"...)
	if p.sent == 0 {
		chunk = append(chunk, 0x78, 0x01) // RFC 1950, §2.2
	}
	var final byte
	if p.ended = p.sent+length == p.size; p.ended {
		final = 1
	}
	n := uint16(length) //nolint:gosec // at most maxBlock
	chunk = binary.LittleEndian.AppendUint16(append(chunk, final), n)
	chunk = binary.LittleEndian.AppendUint16(chunk, ^n)
	chunk = append(chunk, make([]byte, length)...)
	raw := chunk[len(chunk)-int(length):]
	read, err := p.fill(raw)
	if err != nil {
		return err
	}
	p.read += int64(read)
	p.sent += length
	p.sum.Write(raw)
	if p.ended {
		chunk = binary.BigEndian.AppendUint32(chunk, p.sum.Sum32())
	}
	binary.BigEndian.PutUint32(chunk, uint32(len(chunk)-8)) //nolint:gosec // little more than maxBlock
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	if p.ended {
		chunk = append(chunk, pngChunk("IEND", nil)...)
	}
	p.chunk, p.pending = chunk, chunk
	return nil
}

// fill reads pixels and returns how many bytes were there. The error is one of the
// source, other than its end.
func (p *pngInflater) fill(raw []byte) (int, error) {
	if p.pixels == nil {
		return 0, nil
	}
	n, err := io.ReadFull(p.pixels, raw)
	if err != nil {
		p.pixels = nil
	}
	if failed := p.src.err; failed != nil && failed != io.EOF && failed != io.ErrUnexpectedEOF {
		return 0, failed
	}
	return n, nil
}
