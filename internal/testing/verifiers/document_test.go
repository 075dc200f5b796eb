package verifiers_test

import (
	"crypto/ed25519"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/attest"
	"github.com/10ex/assets/internal/testing/testproc"
)

// TestProofDocument runs the commands of docs/proof.md on the first file of an export, and
// on one of which a bit is flipped.
func TestProofDocument(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "openssl", "sha256sum"} {
		_, err := exec.LookPath(tool)
		testproc.Require(t, tool, err)
	}
	document, err := os.ReadFile("../../../docs/proof.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- run -->\n```sh\n(.*?)```").FindSubmatch(document)
	if block == nil {
		t.Fatal("docs/proof.md has no commands to run")
	}
	public, err := attest.EncodePublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	p := proofs(t)[0]
	other := p
	other.file = append([]byte{p.file[0] ^ 1}, p.file[1:]...)
	for name, c := range map[string]struct {
		proof
		want []string
		fail bool
	}{
		"as it is":     {p, []string{"Signature Verified Successfully", "data/Tagline.txt: OK"}, false},
		"another file": {other, []string{"Signature Verified Successfully", "data/Tagline.txt: FAILED"}, true},
	} {
		folder := t.TempDir()
		a := assets.Attestation{Statement: c.statement, KeyID: c.keyID, Signature: c.signature}
		for file, text := range map[string][]byte{
			"key.pem": public, "data/Tagline.txt": c.file, "attestations/Tagline.txt.dsse.json": a.EnvelopeJSON(),
		} {
			file = filepath.Join(folder, file)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", string(block[1]))
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if (err != nil) != c.fail {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %q is not in %s", name, want, out)
			}
		}
	}
}
