package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/10ex/assets"
)

// The errors of a Verifier.
var (
	ErrMalformed  = errors.New("the statement is malformed")
	ErrUnknownKey = errors.New("none of the given keys has signed the statement")
	ErrSignature  = errors.New("the signature is wrong")
	ErrWithdrawn  = errors.New("the approval was withdrawn")
	ErrOtherFile  = errors.New("the file is not the one that was approved")
)

// maxEnvelope is the maximum size in bytes of an envelope that is read.
const maxEnvelope = 1 << 20

// Verifier verifies attestations. It needs neither a server nor a store.
type Verifier struct {
	Keys []assets.PublicKey // such as of ParseKeys

	// ApprovalType and WithdrawalType are as in [Config].
	ApprovalType   string
	WithdrawalType string
}

// Envelope verifies an envelope in JSON, and returns its statement. White space in it
// does not matter; anything else must be as [assets.Attestation.EnvelopeJSON] returns
// it. It returns an error that wraps ErrMalformed, ErrUnknownKey or ErrSignature.
func (v Verifier) Envelope(text []byte) (*Statement, error) {
	var e assets.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var given bytes.Buffer
	canonical, err := json.Marshal(e)
	if err == nil {
		err = json.Compact(&given, text)
	}
	if err != nil || !bytes.Equal(given.Bytes(), canonical) || e.PayloadType != assets.StatementType || len(e.Signatures) != 1 {
		return nil, fmt.Errorf("%w: it is no DSSE envelope with one signature of an in-toto statement", ErrMalformed)
	}
	if err := v.checkSignature(e); err != nil {
		return nil, err
	}
	var s Statement
	if err := json.Unmarshal(e.Payload, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if s.Type != statementType || len(s.Subject) != 1 {
		return nil, fmt.Errorf("%w: it is no in-toto Statement v1 about one file", ErrMalformed)
	}
	return &s, nil
}

func (v Verifier) checkSignature(e assets.Envelope) error {
	signature := e.Signatures[0]
	for _, k := range v.Keys {
		if k.ID != signature.KeyID {
			continue
		}
		if !ed25519.Verify(k.Key, encoding(e.PayloadType, e.Payload), signature.Signature) {
			return ErrSignature
		}
		return nil
	}
	return ErrUnknownKey
}

// File verifies that an envelope states the approval of a content, which it reads to its
// end. Besides the errors of Envelope it returns ErrWithdrawn, ErrOtherFile and those of
// content.
func (v Verifier) File(envelope []byte, content io.Reader) (*Statement, error) {
	s, err := v.Envelope(envelope)
	if err != nil {
		return nil, err
	}
	known := types{v.ApprovalType, v.WithdrawalType}.completed()
	switch s.PredicateType {
	case known.approval:
	case known.withdrawal:
		return s, ErrWithdrawn
	default:
		return s, fmt.Errorf("%w: its predicate type is %q; that of an approval is %q", ErrMalformed, s.PredicateType, known.approval)
	}
	h := sha256.New()
	if _, err := io.Copy(h, content); err != nil {
		return s, err
	}
	if hex.EncodeToString(h.Sum(nil)) != s.Subject[0].Digest.SHA256 {
		return s, ErrOtherFile
	}
	return s, nil
}
