package attest_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/10ex/assets/attest"
)

// newKey returns the key of a seed.
func newKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func newAttester(t testing.TB, cfg attest.Config) *attest.Attester {
	t.Helper()
	a, err := attest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestNewErrors(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]attest.Config{
		"nothing":             {},
		"both":                {Key: newKey(1), Signer: &signer{key: newKey(2)}},
		"a short key":         {Key: newKey(1)[:32]},
		"a short retired key": {Key: newKey(1), Retired: []ed25519.PublicKey{{1}}},
		"a signer without":    {Signer: &signer{}},
	} {
		if _, err := attest.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Keys of before are published behind the current one, each once.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	public := func(seed byte) ed25519.PublicKey { return newKey(seed).Public().(ed25519.PublicKey) }
	a := newAttester(t, attest.Config{Key: newKey(1), Retired: []ed25519.PublicKey{public(2), public(1), public(2), public(3)}})
	keys := a.PublicKeys()
	if len(keys) != 3 || !keys[0].Key.Equal(public(1)) || !keys[1].Key.Equal(public(2)) || !keys[2].Key.Equal(public(3)) {
		t.Errorf("%v", keys)
	}
}
