package attest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
)

// approved returns an envelope with the approval of fileText, and what verifies it.
func approved(t testing.TB) (envelope []byte, v attest.Verifier) {
	t.Helper()
	a := newAttester(t, attest.Config{Key: newKey(1)})
	signed, err := a.Attest(facts())
	if err != nil {
		t.Fatal(err)
	}
	return signed.EnvelopeJSON(), attest.Verifier{Keys: a.PublicKeys()}
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	s, err := v.File(envelope, strings.NewReader(fileText))
	if err != nil || s.Predicate.Version != 3 || s.Predicate.Reviews[0].By != "ann" {
		t.Fatalf("%+v, %v", s, err)
	}
	if want := `version 3 of asset 01970000-0000-7000-8000-000000000001, approved by user "ann" at 2025-06-15T15:06:40.000Z`; s.String() != want {
		t.Errorf("the sentence is %q", s)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, envelope, "", "  "); err != nil {
		t.Fatal(err)
	}
	if _, err := v.File(indented.Bytes(), strings.NewReader(fileText)); err != nil {
		t.Errorf("with white space: %v", err)
	}
	if _, err := v.File(envelope, strings.NewReader(fileText+" ")); !errors.Is(err, attest.ErrOtherFile) {
		t.Errorf("another file: %v", err)
	}
	other := attest.Verifier{Keys: newAttester(t, attest.Config{Key: newKey(2)}).PublicKeys()}
	if _, err := other.Envelope(envelope); !errors.Is(err, attest.ErrUnknownKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := (attest.Verifier{Keys: v.Keys, ApprovalType: "https://host.example/approval"}).File(envelope, strings.NewReader(fileText)); !errors.Is(err, attest.ErrMalformed) {
		t.Errorf("another type: %v", err)
	}
	withdrawn := facts()
	withdrawn.Withdrawn = true
	a, err := newAttester(t, attest.Config{Key: newKey(1)}).Attest(withdrawn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.File(a.EnvelopeJSON(), strings.NewReader(fileText)); !errors.Is(err, attest.ErrWithdrawn) {
		t.Errorf("a withdrawal: %v", err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "x", "another payload": strings.Replace(string(envelope), "in-toto", "other", 1),
		"no signature":   `{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`,
		"another member": strings.Replace(string(envelope), `{"payloadType"`, `{"x":1,"payloadType"`, 1),
		"a member twice": strings.Replace(string(envelope), `{"payloadType"`, `{"payload":"e30=","payloadType"`, 1),
		"other case":     strings.Replace(string(envelope), `"payload"`, `"Payload"`, 1),
	} {
		if _, err := v.Envelope([]byte(text)); !errors.Is(err, attest.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFlippedBits flips single bits of the file and of the envelope, and of the statement
// and the signature before they become an envelope: none is accepted.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	var e assets.Envelope
	if err := json.Unmarshal(envelope, &e); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not for security
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return b
	}
	encoded := func(statement, signature []byte) []byte {
		a := assets.Attestation{Statement: statement, KeyID: e.Signatures[0].KeyID, Signature: signature}
		return a.EnvelopeJSON()
	}
	for i := range 1000 {
		text, content := envelope, []byte(fileText)
		switch i % 4 {
		case 0:
			content = flip(content)
		case 1:
			text = encoded(flip(e.Payload), e.Signatures[0].Signature)
		case 2:
			text = encoded(e.Payload, flip(e.Signatures[0].Signature))
		case 3:
			text = flip(bytes.TrimSuffix(envelope, []byte("\n")))
		}
		if _, err := v.File(text, bytes.NewReader(content)); err == nil {
			t.Fatalf("flip %d is accepted: %s, %s", i, text, content)
		}
	}
}

// FuzzEnvelope shows that no text makes a Verifier panic, or is accepted unless it was
// signed.
func FuzzEnvelope(f *testing.F) {
	envelope, v := approved(f)
	f.Add(envelope)
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":""}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var compact bytes.Buffer
		_, err := v.Envelope(text)
		if err == nil && (json.Compact(&compact, text) != nil || compact.String() != strings.TrimSuffix(string(envelope), "\n")) {
			t.Errorf("accepted: %s", text)
		}
	})
}

// A content that cannot be read to its end is not taken for the one that was approved.
func TestVerifierReadsTheWholeContent(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	broken := errors.New("broken")
	content := io.MultiReader(strings.NewReader(fileText), iotest.ErrReader(broken))
	if _, err := v.File(envelope, content); !errors.Is(err, broken) {
		t.Errorf("a content that breaks off: %v", err)
	}
	if _, err := v.File(envelope, strings.NewReader(fileText[:4])); !errors.Is(err, attest.ErrOtherFile) {
		t.Errorf("a part of the content: %v", err)
	}
}

// A key with the id of another one does not verify what that has signed.
func TestVerifierChecksTheSignatureByTheKey(t *testing.T) {
	t.Parallel()
	envelope, v := approved(t)
	other := newAttester(t, attest.Config{Key: newKey(2)}).PublicKeys()[0]
	other.ID = v.Keys[0].ID
	if _, err := (attest.Verifier{Keys: []assets.PublicKey{other}}).Envelope(envelope); !errors.Is(err, attest.ErrSignature) {
		t.Errorf("another key under the same id: %v", err)
	}
}
