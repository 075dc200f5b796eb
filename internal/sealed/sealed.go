// Package sealed encrypts small values, such as cursors that a client must not read and
// secrets in a database. Each purpose has its own keys, which are derived from the
// host's signing keys by HKDF (RFC 5869).
//
// The one rule to know: sealing the same value twice gives the same text, so a text
// shows that two values are equal, and nothing else. Bind what distinguishes the places
// of a value.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/10ex/assets/internal/signed"
)

const (
	keyIDLen = 4
	nonceLen = 12
	tagLen   = 16
)

// ErrForged: the text was not sealed with any of the keys for the purpose and the bound
// values.
var ErrForged = errors.New("not sealed by a known key")

// Ring is the keyring of one purpose. It seals with its newest key and opens with all of
// its keys. It is safe for concurrent use.
type Ring struct {
	keys []key
}

type key struct {
	id    [keyIDLen]byte // public: part of each text
	nonce []byte         // key of the HMAC that nonces are made with
	aead  cipher.AEAD
}

// NewRing returns the keyring of a purpose. There must be at least one signing key, the
// newest first.
func NewRing(purpose string, signing [][]byte) *Ring {
	r := &Ring{}
	for _, s := range signing {
		var k key
		copy(k.id[:], signed.Derive(s, "assets sealing key number "+purpose, keyIDLen))
		k.nonce = signed.Derive(s, "assets nonce "+purpose, sha256.Size)
		block, err := aes.NewCipher(signed.Derive(s, "assets sealed "+purpose, 32))
		if err != nil {
			panic(err) // impossible: the key has 32 bytes
		}
		if k.aead, err = cipher.NewGCM(block); err != nil {
			panic(err) // impossible: the block has 16 bytes
		}
		r.keys = append(r.keys, k)
	}
	return r
}

// Seal returns a text that contains the encrypted payload. The bound values are not in
// the text; Open needs the same ones.
func (r *Ring) Seal(bound [][]byte, payload []byte) string {
	k, data := r.keys[0], join(bound)
	// A nonce made of all that it is used for is used twice for the same only. A counter
	// would have to be shared by all processes, and random nonces would run out.
	h := hmac.New(sha256.New, k.nonce)
	h.Write(data)
	h.Write(payload)
	nonce := h.Sum(nil)[:nonceLen]
	out := append(k.id[:len(k.id):len(k.id)], nonce...)
	return signed.Encode(k.aead.Seal(out, nonce, payload, data))
}

// Open returns the payload of a text made by Seal with the same bound values, and
// whether it was sealed with the newest key. It returns ErrForged for every other text.
func (r *Ring) Open(bound [][]byte, text string) (payload []byte, newest bool, err error) {
	b, ok := signed.Decode(text)
	if !ok || len(b) < keyIDLen+nonceLen+tagLen {
		return nil, false, ErrForged
	}
	id, nonce, sealed := [keyIDLen]byte(b), b[keyIDLen:keyIDLen+nonceLen], b[keyIDLen+nonceLen:]
	for i, k := range r.keys {
		if k.id != id {
			continue
		}
		if payload, err := k.aead.Open(nil, nonce, sealed, join(bound)); err == nil {
			return payload, i == 0, nil
		}
	}
	return nil, false, ErrForged
}

// join returns the values, each preceded by its length, and their number.
func join(bound [][]byte) []byte {
	out := binary.BigEndian.AppendUint64(nil, uint64(len(bound)))
	for _, b := range bound {
		out = append(binary.BigEndian.AppendUint64(out, uint64(len(b))), b...)
	}
	return out
}
