// Package attest states who approved which bytes, and signs what it states, so that
// anybody can check it years later without the server: an in-toto Statement v1 in a DSSE
// envelope, signed with Ed25519.
//
// The one rule to know: a statement is written in the transaction of the decision that it
// is about. A [Config].Key signs it there. A [Config].Signer, which may be slow or away,
// signs it afterwards, in the background work of assets.Library.Run, or in [Attester.Run];
// no signer delays or undoes a decision.
//
// A verifier needs the public keys, from [Attester.PublicKeys] or the route keys.json,
// and nothing else of this module: see [Verifier] and docs/proof.md.
package attest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"github.com/10ex/assets"
)

// The types of the predicates of statements.
const (
	ApprovalType   = "https://10ex.ai/attestations/asset-approval/v1"
	WithdrawalType = "https://10ex.ai/attestations/asset-withdrawal/v1"
)

// Signer signs for the host, for example in a key management service.
type Signer interface {
	// Public returns the key that verifies the signatures. It never changes.
	Public() ed25519.PublicKey
	// Sign returns the Ed25519 signature (RFC 8032) of a message, 64 bytes. It honours
	// ctx. It may be called again for a message, if the process ended before the
	// signature was stored.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Config is what [New] makes an [Attester] of. Either Key or Signer is required.
type Config struct {
	Key    ed25519.PrivateKey // signs in the transaction of the decision
	Signer Signer             // signs afterwards, in Library.Run or Attester.Run

	// Retired are the public keys of before, so that what they signed can be verified.
	Retired []ed25519.PublicKey

	// ApprovalType and WithdrawalType are the URIs of the predicate types; the defaults
	// are the constants of this package.
	ApprovalType   string
	WithdrawalType string
}

// Attester implements [assets.Attester]. It is safe for concurrent use.
type Attester struct {
	key    ed25519.PrivateKey // nil: signer signs
	signer Signer
	keys   []assets.PublicKey
	types  types
}

var (
	_ assets.Attester           = (*Attester)(nil)
	_ assets.BackgroundAttester = (*Attester)(nil)
)

// New returns an Attester made of cfg. It returns an error that names what is missing or
// malformed in cfg.
func New(cfg Config) (*Attester, error) {
	a := &Attester{key: cfg.Key, signer: cfg.Signer, types: types{cfg.ApprovalType, cfg.WithdrawalType}.completed()}
	var current ed25519.PublicKey
	switch {
	case (cfg.Key == nil) == (cfg.Signer == nil):
		return nil, errors.New("attest: Config needs a Key or a Signer, not both")
	case cfg.Key == nil:
		current = cfg.Signer.Public()
	case len(cfg.Key) != ed25519.PrivateKeySize:
		return nil, fmt.Errorf("attest: Config.Key must have %d bytes", ed25519.PrivateKeySize)
	default:
		current = ed25519.PublicKey(cfg.Key[ed25519.SeedSize:])
	}
	for i, key := range append([]ed25519.PublicKey{current}, cfg.Retired...) {
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("attest: public key %d of Config must have %d bytes", i, ed25519.PublicKeySize)
		}
		if named := NewPublicKey(key); !slices.ContainsFunc(a.keys, func(k assets.PublicKey) bool { return k.ID == named.ID }) {
			a.keys = append(a.keys, named)
		}
	}
	return a, nil
}

// PublicKeys implements [assets.Attester].
func (a *Attester) PublicKeys() []assets.PublicKey { return slices.Clone(a.keys) }

// Attest implements [assets.Attester].
func (a *Attester) Attest(facts assets.Attested) (assets.Attestation, error) {
	statement, err := a.types.statement(facts)
	if err != nil {
		return assets.Attestation{}, err
	}
	out := assets.Attestation{Statement: statement}
	if a.key != nil {
		out.KeyID, out.Signature = a.keys[0].ID, ed25519.Sign(a.key, encoding(assets.StatementType, statement))
	}
	return out, nil
}

// encoding returns the pre-authentication encoding of DSSE, which is what is signed.
func encoding(payloadType string, payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload)), payload...)
}
