package attested_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/testing/attested"
)

// Each file has an attestation that verifies it.
func TestExport(t *testing.T) {
	t.Parallel()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	files := attested.Unpack(t, attested.Export(t, key, attested.Asset{Title: "A", Text: "one"}, attested.Asset{Title: "B", Text: "two", RolledBack: true}))
	attester, err := attest.New(attest.Config{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	v := attest.Verifier{Keys: attester.PublicKeys()}
	for name, version := range map[string]int{"A.txt": 1, "B.txt": 3} {
		s, err := v.File(files["attestations/"+name+attest.Extension], bytes.NewReader(files["data/"+name]))
		if err != nil || int(s.Predicate.Version) != version {
			t.Errorf("%s: %v, %v, want version %d", name, s, err, version)
		}
	}
}
