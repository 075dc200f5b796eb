package apikey_test

import (
	"crypto/sha256"
	"hash/crc32"
	"math/big"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// forge makes a bearer with a good checksum, as anybody can.
func forge(prefix string, secret [32]byte) string {
	sum := crc32.ChecksumIEEE([]byte(prefix + string(secret[:])))
	return "tnx_" + prefix + "_" + inBase62(new(big.Int).SetBytes(secret[:]), 43) + inBase62(big.NewInt(int64(sum)), 6)
}

func inBase62(n *big.Int, width int) string {
	text := make([]byte, width)
	rest, digit, base := new(big.Int).Set(n), new(big.Int), big.NewInt(62)
	for i := range text {
		rest.DivMod(rest, base, digit)
		text[width-1-i] = base62[digit.Int64()]
	}
	return string(text)
}

// secretOf reads the random bits of a bearer.
func secretOf(t *testing.T, bearer string) [32]byte {
	t.Helper()
	n := new(big.Int)
	for _, c := range bearer[13:56] {
		n.Mul(n, big.NewInt(62)).Add(n, big.NewInt(int64(strings.IndexRune(base62, c))))
	}
	return [32]byte(n.FillBytes(make([]byte, 32)))
}

func secretDigest(t *testing.T, bearer string) [32]byte {
	t.Helper()
	secret := secretOf(t, bearer)
	return sha256.Sum256(secret[:])
}

// prefixFrom makes a prefix of a word that is not as long.
func prefixFrom(word string) string { return (word + "00000000")[:8] }

// TestBearerForm: the text is what the format says, written by other code.
func TestBearerForm(t *testing.T) {
	t.Parallel()
	r := newRing(t, new(mapStore), newClock())
	for range 50 {
		bearer, k := mint(t, r, newKey())
		if want := forge(k.Prefix, secretOf(t, bearer)); bearer != want {
			t.Fatalf("%s, by its secret %s", bearer, want)
		}
	}
}

// TestBearerBounds: the least and the greatest secret are as good as any.
func TestBearerBounds(t *testing.T) {
	t.Parallel()
	most := [32]byte{}
	for i := range most {
		most[i] = 0xff
	}
	for _, secret := range [][32]byte{{}, {31: 1}, most} {
		s := new(mapStore)
		r := newRing(t, s, newClock())
		_, k := mint(t, r, newKey())
		k.SecretSHA256 = sha256.Sum256(secret[:])
		s.keys[k.Prefix] = k
		if _, err := r.Authenticate(t.Context(), forge(k.Prefix, secret)); err != nil {
			t.Errorf("%x: %v", secret, err)
		}
	}
}

// FuzzBearer: one text alone opens a key, whatever else is tried, and the
// store is asked only about what has a good checksum.
func FuzzBearer(f *testing.F) {
	secret := [32]byte{1, 2, 3}
	good := forge("agent007", secret)
	for _, s := range []string{
		good, "", "tnx_", good + "0", good[:61], strings.ToLower(good), "tnx_agent007_" + strings.Repeat("Z", 49),
		forge("agent007", [32]byte{}), forge("agent008", secret), "tnx_agent007_+" + good[14:],
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, bearer string) {
		s := new(mapStore)
		r := newRing(t, s, newClock())
		_, k := mint(t, r, newKey())
		k.Prefix, k.SecretSHA256 = "agent007", sha256.Sum256(secret[:])
		s.keys[k.Prefix] = k

		_, err := r.Authenticate(t.Context(), bearer)
		if (bearer == good) != (err == nil) || err != nil && err != assets.ErrUnauthorized {
			t.Errorf("%q: %v", bearer, err)
		}
		wellFormed := bearerForm.MatchString(bearer) && secretFits(bearer) && forge(bearer[4:12], secretOf(t, bearer)) == bearer
		if asked := s.reads > 0; asked != wellFormed {
			t.Errorf("%q: the store was asked: %t", bearer, asked)
		}
	})
}

// secretFits reports whether the digits are a number of 256 bits.
func secretFits(bearer string) bool {
	n := new(big.Int)
	for _, c := range bearer[13:56] {
		n.Mul(n, big.NewInt(62)).Add(n, big.NewInt(int64(strings.IndexRune(base62, c))))
	}
	return n.BitLen() <= 256
}
