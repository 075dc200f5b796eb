package signed

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrMalformed: the payload is too short for the claims that are read from it.
var ErrMalformed = errors.New("malformed claims")

// Claims is the payload of a token: fields of fixed length, big-endian, followed by a text.
// The fields have no names and must be read in the order in which they were appended.
type Claims []byte

// UUID appends the 16 bytes of an id. It panics if the id is not a UUID: callers have
// minted or parsed it.
func (c Claims) UUID(id string) Claims {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 {
		panic("signed: not an id: " + id)
	}
	return append(c, b...)
}

// Uint32 appends n in 4 bytes.
func (c Claims) Uint32(n uint32) Claims { return binary.BigEndian.AppendUint32(c, n) }

// Uint64 appends n in 8 bytes.
func (c Claims) Uint64(n uint64) Claims { return binary.BigEndian.AppendUint64(c, n) }

// Bytes appends b.
func (c Claims) Bytes(b []byte) Claims { return append(c, b...) }

// Text appends the text. It must be last and not empty.
func (c Claims) Text(s string) Claims { return append(c, s...) }

// Reader reads claims in the order in which they were appended. If the payload ends too
// early, the missing fields are zero and Err returns [ErrMalformed].
type Reader struct {
	left []byte
	err  error
}

// Read returns a Reader of a payload.
func Read(payload []byte) *Reader { return &Reader{left: payload} }

// Err returns ErrMalformed if the payload was too short.
func (r *Reader) Err() error { return r.err }

func (r *Reader) next(n int) []byte {
	if len(r.left) < n {
		r.left, r.err = nil, ErrMalformed
		return make([]byte, n)
	}
	field := r.left[:n]
	r.left = r.left[n:]
	return field
}

// UUID reads an id and returns it in its canonical form.
func (r *Reader) UUID() string {
	h := hex.EncodeToString(r.next(16))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Uint32 reads 4 bytes.
func (r *Reader) Uint32() uint32 { return binary.BigEndian.Uint32(r.next(4)) }

// Uint64 reads 8 bytes.
func (r *Reader) Uint64() uint64 { return binary.BigEndian.Uint64(r.next(8)) }

// Bytes reads n bytes.
func (r *Reader) Bytes(n int) []byte { return r.next(n) }

// Text reads the text at the end of the claims. An empty text is malformed.
func (r *Reader) Text() string {
	if len(r.left) == 0 {
		r.err = ErrMalformed
	}
	text := string(r.left)
	r.left = nil
	return text
}
