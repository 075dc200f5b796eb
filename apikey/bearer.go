package apikey

import (
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"strings"
)

// A bearer has the form
//
//	tnx_<prefix>_<secret><checksum>
//
// The prefix is 8 of [a-z0-9]. The secret is 256 random bits as 43 base62
// digits. The checksum is the CRC-32 (IEEE) of the 8 bytes of the prefix and
// the 32 bytes of the secret, as 6 base62 digits. Digits are written most
// significant first, and each credential has exactly one such form. The
// checksum detects a mistyped bearer without a look-up and lets scanners find
// leaked ones; it is no protection.
const (
	bearerScheme = "tnx_"
	prefixLen    = 8
	secretSize   = 32 // bytes
	secretLen    = 43 // base62 digits
	checksumLen  = 6  // base62 digits
)

// credential is a parsed bearer. It must not be logged.
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
	return bearerScheme + c.prefix + "_" + digits(secret, 62, secretLen) + digits(sum, 62, checksumLen)
}

func (c credential) checksum() uint32 {
	return crc32.ChecksumIEEE(append([]byte(c.prefix), c.secret[:]...))
}

// parseBearer returns the credential of a bearer. It reports false if the bearer
// is malformed or its checksum is wrong.
func parseBearer(bearer string) (credential, bool) {
	rest, ok := strings.CutPrefix(bearer, bearerScheme)
	if !ok || len(rest) != prefixLen+1+secretLen+checksumLen || rest[prefixLen] != '_' || !isPrefix(rest[:prefixLen]) {
		return credential{}, false
	}
	secret, ok := number(rest[prefixLen+1:][:secretLen], secretSize)
	if !ok {
		return credential{}, false
	}
	sum, ok := number(rest[len(rest)-checksumLen:], crc32.Size)
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

// digits returns n in a base, padded with zeros to width.
func digits(n *big.Int, base, width int) string {
	s := n.Text(base)
	return strings.Repeat("0", width-len(s)) + s
}

// number returns base62 digits as a big-endian number of size bytes. It reports
// false if s is no such number.
func number(s string, size int) ([]byte, bool) {
	if strings.ContainsAny(s, "+-") { // SetString accepts a sign
		return nil, false
	}
	n, ok := new(big.Int).SetString(s, 62)
	if !ok || n.BitLen() > 8*size {
		return nil, false
	}
	return n.FillBytes(make([]byte, size)), true
}
