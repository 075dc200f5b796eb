package apikey

import (
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"strings"
)

// A bearer is
//
//	tnx_ prefix _ secret
//
// with a prefix of 8 of [a-z0-9], and a secret of 43 base62 digits for 256
// random bits and 6 for the CRC-32 (IEEE) of the 8 bytes of the prefix and the
// 32 of the random bits, most significant digit first. Each credential has
// one such text. The checksum tells a mistyped or invented bearer without a
// look-up, and lets scanners find leaked ones; it protects nothing.
const (
	bearerScheme = "tnx_"
	prefixLen    = 8
	secretSize   = 32 // bytes
	secretLen    = 43 // base62 digits
	sumLen       = 6  // base62 digits
)

// credential is what a bearer says. It is never logged.
type credential struct {
	prefix string
	secret [secretSize]byte
}

func newCredential() credential {
	prefixes := new(big.Int).Exp(big.NewInt(36), big.NewInt(prefixLen), nil)
	n, err := rand.Int(rand.Reader, prefixes)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	c := credential{prefix: digits(n, 36, prefixLen)}
	rand.Read(c.secret[:])
	return c
}

func (c credential) bearer() string {
	secret := new(big.Int).SetBytes(c.secret[:])
	sum := big.NewInt(int64(c.checksum()))
	return bearerScheme + c.prefix + "_" + digits(secret, 62, secretLen) + digits(sum, 62, sumLen)
}

func (c credential) checksum() uint32 {
	return crc32.ChecksumIEEE(append([]byte(c.prefix), c.secret[:]...))
}

// parseBearer reads a bearer, and refuses one whose checksum is wrong.
func parseBearer(bearer string) (credential, bool) {
	rest, ok := strings.CutPrefix(bearer, bearerScheme)
	if !ok || len(rest) != prefixLen+1+secretLen+sumLen || rest[prefixLen] != '_' || !isPrefix(rest[:prefixLen]) {
		return credential{}, false
	}
	secret, ok := number(rest[prefixLen+1:][:secretLen], secretSize)
	if !ok {
		return credential{}, false
	}
	sum, ok := number(rest[len(rest)-sumLen:], crc32.Size)
	if !ok {
		return credential{}, false
	}
	c := credential{prefix: rest[:prefixLen], secret: [secretSize]byte(secret)}
	return c, binary.BigEndian.Uint32(sum) == c.checksum()
}

func isPrefix(s string) bool {
	return len(s) == prefixLen && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || 'z' < r) && (r < '0' || '9' < r)
	})
}

// digits writes n in a base, with leading zeros.
func digits(n *big.Int, base, width int) string {
	s := n.Text(base)
	return strings.Repeat("0", width-len(s)) + s
}

// number reads base62 digits as a big-endian number of size bytes.
func number(s string, size int) ([]byte, bool) {
	if strings.ContainsAny(s, "+-") { // a sign is no digit
		return nil, false
	}
	n, ok := new(big.Int).SetString(s, 62)
	if !ok || n.BitLen() > 8*size {
		return nil, false
	}
	return n.FillBytes(make([]byte, size)), true
}
