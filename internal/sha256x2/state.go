package sha256x2

import (
	"encoding"
	"encoding/binary"
	"hash"
)

const blockSize = 64

// state is a digest as crypto/sha256 marshals it: magic, the eight words of the
// hash value, what is no whole block yet, and the length. Which state a digest
// has is known from it alone, so this format cannot change unnoticed.
type state struct {
	marshaled []byte
	h         [8]uint32
}

const (
	magic    = "sha\x03"
	wordsAt  = len(magic)
	bufferAt = wordsAt + 8*4
	lengthAt = bufferAt + blockSize
	size     = lengthAt + 8
)

// load writes of p to d what makes its last block whole. It answers the state
// of d after that, nil when it cannot be read, and what is left of p.
func load(d hash.Hash, p []byte) (*state, []byte) {
	s := &state{marshaled: make([]byte, 0, size)}
	if !s.read(d) {
		return nil, p
	}
	if extra := int(s.length() % blockSize); extra > 0 {
		n := min(len(p), blockSize-extra)
		d.Write(p[:n])
		if p = p[n:]; !s.read(d) || len(p) == 0 {
			return nil, p
		}
	}
	for i := range s.h {
		s.h[i] = binary.BigEndian.Uint32(s.marshaled[wordsAt+4*i:])
	}
	return s, p
}

func (s *state) read(d hash.Hash) bool {
	m, ok := d.(encoding.BinaryAppender)
	if !ok {
		return false
	}
	var err error
	s.marshaled, err = m.AppendBinary(s.marshaled[:0])
	return err == nil && len(s.marshaled) == size && string(s.marshaled[:wordsAt]) == magic
}

func (s *state) length() uint64 { return binary.BigEndian.Uint64(s.marshaled[lengthAt:]) }

// store has d go on behind n blocks of p, and answers what is left of it.
func (s *state) store(d hash.Hash, p []byte, n int) []byte {
	for i, word := range s.h {
		binary.BigEndian.PutUint32(s.marshaled[wordsAt+4*i:], word)
	}
	done := n * blockSize
	binary.BigEndian.PutUint64(s.marshaled[lengthAt:], s.length()+uint64(done))
	if m, ok := d.(encoding.BinaryUnmarshaler); !ok || m.UnmarshalBinary(s.marshaled) != nil {
		return p
	}
	return p[done:]
}
