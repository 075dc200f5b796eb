package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/10ex/assets"
)

// KeySet is a JSON Web Key Set (RFC 7517 §5) of public keys.
type KeySet struct {
	Keys []JSONWebKey `json:"keys"`
}

// JSONWebKey is an Ed25519 public key as a JSON Web Key (RFC 8037 §2).
type JSONWebKey struct {
	KeyType   string `json:"kty"` // OKP
	Curve     string `json:"crv"` // Ed25519
	X         string `json:"x"`   // the key, in base64url without padding
	KeyID     string `json:"kid"`
	Use       string `json:"use"` // sig
	Algorithm string `json:"alg"` // EdDSA
}

// NewPublicKey returns a public key with its id: its JWK thumbprint (RFC 7638), SHA-256
// in hexadecimal digits, as other implementations of DSSE require of ids.
func NewPublicKey(key ed25519.PublicKey) assets.PublicKey {
	thumbprint := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(key) + `"}`))
	return assets.PublicKey{ID: hex.EncodeToString(thumbprint[:]), Key: key}
}

// KeySetOf returns the set of some keys, in their order.
func KeySetOf(keys []assets.PublicKey) KeySet {
	set := KeySet{Keys: make([]JSONWebKey, len(keys))}
	for i, k := range keys {
		set.Keys[i] = JSONWebKey{
			KeyType: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(k.Key),
			KeyID: k.ID, Use: "sig", Algorithm: "EdDSA",
		}
	}
	return set
}

// ParseKeys parses public keys: blocks PUBLIC KEY in PEM (RFC 7468), or a JWK set. It
// returns an error if there is none, or one is no Ed25519 key.
func ParseKeys(text []byte) ([]assets.PublicKey, error) {
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("{")) {
		return parseKeySet(text)
	}
	_, keys, err := parsePEM(text, false)
	if err == nil && len(keys) == 0 {
		err = errors.New("attest: there is no public key, in PEM or as a JWK set")
	}
	return keys, err
}

func parseKeySet(text []byte) ([]assets.PublicKey, error) {
	var set KeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("attest: JWK set: %w", err)
	}
	var keys []assets.PublicKey
	for i, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || k.KeyType != "OKP" || k.Curve != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("attest: key %d of the JWK set is no Ed25519 key", i+1)
		}
		keys = append(keys, NewPublicKey(x))
	}
	if len(keys) == 0 {
		return nil, errors.New("attest: the JWK set has no key")
	}
	return keys, nil
}

// ParseKeyFile parses a file of keys in PEM for [Config]: first the block PRIVATE KEY
// (PKCS #8) that signs, then the keys of before, newest first, as blocks PUBLIC KEY or
// PRIVATE KEY. The error does not contain the keys.
func ParseKeyFile(text []byte) (Config, error) {
	private, keys, err := parsePEM(text, true)
	if err != nil {
		return Config{}, err
	}
	if private == nil {
		return Config{}, errors.New("attest: the first block is no private key")
	}
	cfg := Config{Key: private}
	for _, k := range keys[1:] {
		cfg.Retired = append(cfg.Retired, k.Key)
	}
	return cfg, nil
}

// parsePEM parses the blocks of a file, and returns the public keys of all. first is the
// private key in the first block, if it is one.
func parsePEM(text []byte, private bool) (first ed25519.PrivateKey, keys []assets.PublicKey, err error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		var parsed any
		switch {
		case block.Type == "PUBLIC KEY":
			parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
		case block.Type == "PRIVATE KEY" && private:
			parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		default:
			return nil, nil, fmt.Errorf("attest: block %d is of type %q", len(keys)+1, block.Type)
		}
		if key, ok := parsed.(ed25519.PrivateKey); ok {
			if len(keys) == 0 {
				first = key
			}
			parsed = key.Public()
		}
		key, ok := parsed.(ed25519.PublicKey)
		if err != nil || !ok {
			return nil, nil, fmt.Errorf("attest: block %d is no Ed25519 key", len(keys)+1)
		}
		keys = append(keys, NewPublicKey(key))
	}
	if len(bytes.TrimSpace(text)) > 0 {
		return nil, nil, errors.New("attest: there is text that is not PEM behind the keys")
	}
	return first, keys, nil
}

// EncodePrivateKey returns a key as a block PRIVATE KEY (PKCS #8) in PEM.
func EncodePrivateKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("attest: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// EncodePublicKey returns a key as a block PUBLIC KEY in PEM.
func EncodePublicKey(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("attest: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
