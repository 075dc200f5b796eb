package apikey_test

import (
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"

	"github.com/10ex/assets"
)

// A bearer has the documented form, as independent code writes it.
func TestBearerForm(t *testing.T) {
	t.Parallel()
	r := newRing(t, new(mapStore), newClock())
	for range 50 {
		bearer, k := mint(t, r, newKey())
		if want := forge(k.Prefix, secretOf(t, bearer)); bearer != want {
			t.Fatalf("bearer %s, want %s", bearer, want)
		}
	}
}

// The smallest and the greatest secret can be used.
func TestBearerBounds(t *testing.T) {
	t.Parallel()
	greatest := [32]byte{}
	for i := range greatest {
		greatest[i] = 0xff
	}
	for _, secret := range [][32]byte{{}, {31: 1}, greatest} {
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

// FuzzBearer checks that exactly one text authenticates with a key, and that
// the store is read only for well-formed bearers with a correct checksum.
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
		if read := s.reads > 0; read != wellFormed {
			t.Errorf("%q: the store was read: %t", bearer, read)
		}
	})
}

// secretFits reports whether the secret is at most 256 bits.
func secretFits(bearer string) bool {
	n := new(big.Int)
	for _, c := range bearer[13:56] {
		n.Mul(n, big.NewInt(62)).Add(n, big.NewInt(int64(strings.IndexRune(base62, c))))
	}
	return n.BitLen() <= 256
}
