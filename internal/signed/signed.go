// Package signed signs small values that leave the process and come back:
// preview tokens and cursors. Each purpose has keys of its own, derived by
// HKDF (RFC 5869) from the host's signing keys.
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

// MinKey is the least length of a signing key in bytes.
const MinKey = 32

const (
	keyNumberLen = 4
	macLen       = 16
)

// ErrForged: the text was not signed by any of the keys for this purpose and
// context.
var ErrForged = errors.New("not signed by a known key")

// Ring signs with its newest key and verifies with any of its keys.
type Ring struct {
	purpose string
	keys    []key
}

type key struct {
	number [keyNumberLen]byte // public; tells keys apart, survives rotation
	mac    []byte
}

// NewRing derives the keys of one purpose; signing keys come newest first and
// are at least MinKey bytes each.
func NewRing(purpose string, signing [][]byte) *Ring {
	r := &Ring{purpose: purpose}
	for _, s := range signing {
		var k key
		copy(k.number[:], derive(s, "assets key number "+purpose, keyNumberLen))
		k.mac = derive(s, "assets "+purpose, sha256.Size)
		r.keys = append(r.keys, k)
	}
	return r
}

func derive(secret []byte, info string, n int) []byte {
	b, err := hkdf.Key(sha256.New, secret, nil, info, n)
	if err != nil {
		panic(err) // only for lengths above 255 hashes
	}
	return b
}

// Sign returns a text that contains payload and a signature of payload and of the
// bound values. The bound values are not in the text; Verify needs the same ones.
func (r *Ring) Sign(bound [][]byte, payload []byte) string {
	k := r.keys[0]
	out := append(k.number[:len(k.number):len(k.number)], payload...)
	return encoding.EncodeToString(append(out, r.mac(k, bound, payload)...))
}

// Verify returns the payload of a text made by Sign with the same bound values. It
// returns ErrForged for every other text.
func (r *Ring) Verify(bound [][]byte, text string) ([]byte, error) {
	b, err := encoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(b) < keyNumberLen+macLen {
		return nil, ErrForged
	}
	payload, mac := b[keyNumberLen:len(b)-macLen], b[len(b)-macLen:]
	for _, k := range r.keys {
		if [keyNumberLen]byte(b) == k.number && hmac.Equal(mac, r.mac(k, bound, payload)) {
			return payload, nil
		}
	}
	return nil, ErrForged
}

// mac covers the purpose, key number and every field with its length.
func (r *Ring) mac(k key, bound [][]byte, payload []byte) []byte {
	h := hmac.New(sha256.New, k.mac)
	field := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	field([]byte(r.purpose))
	field(k.number[:])
	for _, b := range bound {
		field(b)
	}
	field(payload)
	return h.Sum(nil)[:macLen]
}

// encoding refuses unused trailing bits, and Verify refuses the line breaks that
// encoding would skip, so that each value has exactly one text.
var encoding = base64.RawURLEncoding.Strict()
