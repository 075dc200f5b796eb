// Package signed signs small values that a client returns later, such as preview tokens
// and cursors. Each purpose has its own keys, which are derived from the host's signing
// keys by HKDF (RFC 5869).
package signed

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// MinKey is the minimum length of a signing key in bytes.
const MinKey = 32

const (
	keyIDLen = 4
	macLen   = 16
)

// ErrForged: the text was not signed with any of the keys for the purpose and the bound
// values.
var ErrForged = errors.New("not signed by a known key")

// Ring is the keyring of one purpose. It signs with its newest key and verifies with all
// of its keys. It is safe for concurrent use.
type Ring struct {
	purpose string
	keys    []key
}

type key struct {
	id  [keyIDLen]byte // public: part of each text; derived, so that it survives rotation
	mac []byte
}

// NewRing returns the keyring of a purpose. There must be at least one signing key, the
// newest first, each of at least MinKey bytes.
func NewRing(purpose string, signing [][]byte) *Ring {
	r := &Ring{purpose: purpose}
	for _, s := range signing {
		var k key
		copy(k.id[:], Derive(s, "assets key number "+purpose, keyIDLen))
		k.mac = Derive(s, "assets "+purpose, sha256.Size)
		r.keys = append(r.keys, k)
	}
	return r
}

// Derive returns a key of n bytes that is derived from a signing key for the use that info
// names.
func Derive(secret []byte, info string, n int) []byte {
	b, err := hkdf.Key(sha256.New, secret, nil, info, n)
	if err != nil {
		panic(err) // impossible: only for n above 255 hashes
	}
	return b
}

// Sign returns a text that contains payload and a signature of payload and of the
// bound values. The bound values are not in the text; Verify needs the same ones.
func (r *Ring) Sign(bound [][]byte, payload []byte) string {
	k := r.keys[0]
	out := append(k.id[:len(k.id):len(k.id)], payload...)
	return Encode(append(out, r.mac(k, bound, payload)...))
}

// Verify returns the payload of a text made by Sign with the same bound values. It
// returns ErrForged for every other text.
func (r *Ring) Verify(bound [][]byte, text string) ([]byte, error) {
	b, ok := Decode(text)
	if !ok || len(b) < keyIDLen+macLen {
		return nil, ErrForged
	}
	payload, mac := b[keyIDLen:len(b)-macLen], b[len(b)-macLen:]
	for _, k := range r.keys {
		if [keyIDLen]byte(b) == k.id && hmac.Equal(mac, r.mac(k, bound, payload)) {
			return payload, nil
		}
	}
	return nil, ErrForged
}

// mac returns the MAC of the purpose, the key's id, the bound values and the payload,
// each preceded by its length.
func (r *Ring) mac(k key, bound [][]byte, payload []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	field := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	field([]byte(r.purpose))
	field(k.id[:])
	for _, b := range bound {
		field(b)
	}
	field(payload)
	return h.Sum(nil)[:macLen]
}

// encoding accepts no unused trailing bits.
var encoding = base64.RawURLEncoding.Strict()

// Encode returns the text of a token.
func Encode(token []byte) string { return encoding.EncodeToString(token) }

// Decode returns the token of a text. It accepts no line breaks, which encoding would skip,
// so each token has exactly one text.
func Decode(text string) (token []byte, ok bool) {
	token, err := encoding.DecodeString(text)
	return token, err == nil && !strings.ContainsAny(text, "\r\n")
}
