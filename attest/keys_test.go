package attest_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/10ex/assets/attest"
)

// The id is the JWK thumbprint: the example of RFC 8037 §A.3.
func TestKeyIDIsTheThumbprint(t *testing.T) {
	t.Parallel()
	const set = `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	keys, err := attest.ParseKeys([]byte(set))
	if err != nil || keys[0].ID != "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89" {
		t.Errorf("%v, %v", keys, err)
	}
}

func publicPEM(t *testing.T, seed byte) []byte {
	t.Helper()
	text, err := attest.EncodePublicKey(newKey(seed).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func privatePEM(t *testing.T, seed byte) []byte {
	t.Helper()
	text, err := attest.EncodePrivateKey(newKey(seed))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Keys are the same in PEM and as a JWK set.
func TestParseKeys(t *testing.T) {
	t.Parallel()
	fromPEM, err := attest.ParseKeys(append(publicPEM(t, 1), publicPEM(t, 2)...))
	if err != nil || len(fromPEM) != 2 {
		t.Fatalf("%v, %v", fromPEM, err)
	}
	set, err := json.Marshal(attest.KeySetOf(fromPEM))
	if err != nil {
		t.Fatal(err)
	}
	fromSet, err := attest.ParseKeys(set)
	if err != nil || len(fromSet) != 2 {
		t.Fatalf("%v, %v", fromSet, err)
	}
	for i, seed := range []byte{1, 2} {
		want := attest.NewPublicKey(newKey(seed).Public().(ed25519.PublicKey))
		for _, got := range []struct {
			id  string
			key ed25519.PublicKey
		}{{fromPEM[i].ID, fromPEM[i].Key}, {fromSet[i].ID, fromSet[i].Key}} {
			if got.id != want.ID || !got.key.Equal(want.Key) {
				t.Errorf("key %d is %v, want %v", i, got, want)
			}
		}
	}
}

func TestParseKeysErrors(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(other.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":       "",
		"no PEM":        "ssh-ed25519 AAAA",
		"a private key": string(privatePEM(t, 1)),
		"another kind":  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"damaged":       string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})),
		"text behind":   string(publicPEM(t, 1)) + "more",
		"no key in set": `{"keys":[]}`,
		"no JSON":       `{`,
		"another type":  `{"keys":[{"kty":"RSA","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		"too short":     `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qY"}]}`,
		"not in base64": `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"!"}]}`,
	} {
		if keys, err := attest.ParseKeys([]byte(text)); err == nil {
			t.Errorf("%s: %v", name, keys)
		}
	}
}

// The first key of a file signs; the others are of before, private or public.
func TestParseKeyFile(t *testing.T) {
	t.Parallel()
	cfg, err := attest.ParseKeyFile(bytes.Join([][]byte{privatePEM(t, 1), privatePEM(t, 2), publicPEM(t, 3)}, []byte("\n")))
	if err != nil || !cfg.Key.Equal(newKey(1)) || len(cfg.Retired) != 2 || !cfg.Retired[0].Equal(newKey(2).Public()) || !cfg.Retired[1].Equal(newKey(3).Public()) {
		t.Errorf("%v, %v", cfg.Retired, err)
	}
	for name, text := range map[string][]byte{"nothing": nil, "a public key first": append(publicPEM(t, 3), privatePEM(t, 1)...)} {
		if _, err := attest.ParseKeyFile(text); err == nil || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
